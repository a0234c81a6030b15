namespace Pipeline.Runtime.Log.Embedded;

/// <summary>Turns a transaction into a frame: records are grouped by partition, in their order, and given their offsets.</summary>
/// <remarks>One commit at a time uses it.</remarks>
internal sealed class TransactionEncoding(JournalWriter writer)
{
    private readonly Dictionary<(EmbeddedTopic Topic, int Partition), int> _sectionOf = [];
    private readonly List<Section> _sections = [];
    private int[] _nextOfSection = [];

    private struct Section
    {
        public EmbeddedTopic Topic;
        public int Partition;
        public int First;
        public int Last;
        public int Records;
        public int Bytes;
    }

    /// <summary>Indexes of records over their topic's bound; empty = none.</summary>
    public List<int> Refused { get; } = [];

    /// <returns>Null when the frame is written, or when <see cref="Refused"/> says what is in the way; else why there can be none.</returns>
    public string? Encode(IReadOnlyList<NewRecord> records, PositionCommit? positions, LogState state, long appendTimeUs)
    {
        if (Gather(records, state) is { } unknown) return unknown;
        if (Refused.Count > 0) return null;
        writer.Begin(appendTimeUs);
        writer.WriteCount(0);
        if (WritePositions(positions, state) is { } missing) return missing;
        writer.WriteCount(_sections.Count);
        foreach (var section in _sections)
            writer.WriteSection(section.Topic.Id, section.Partition, section.Topic.Partitions[section.Partition].End, section.Records, section.Bytes);
        foreach (var section in _sections)
            for (var index = section.First; index >= 0; index = _nextOfSection[index]) writer.WriteRecord(records[index]);
        return null;
    }

    private string? Gather(IReadOnlyList<NewRecord> records, LogState state)
    {
        Refused.Clear();
        _sections.Clear();
        _sectionOf.Clear();
        if (_nextOfSection.Length < records.Count) _nextOfSection = new int[Math.Max(records.Count, 2 * _nextOfSection.Length)];
        var bytes = 0L;
        for (var i = 0; i < records.Count; i++)
        {
            var record = records[i];
            if (state.Topic(record.Topic) is not { } topic) return $"topic {record.Topic} does not exist";
            var partition = record.Partition ?? Partitioner.PartitionOf(record.Key.Span, topic.Partitions.Length);
            if ((uint)partition >= (uint)topic.Partitions.Length) return $"topic {record.Topic} has no partition {partition}";
            var size = LogTransaction.BytesOf(record);
            bytes += size;
            if (size > topic.Spec.MaxRecordBytes) Refused.Add(i);
            else Add(topic, partition, i, JournalWriter.SizeOf(record));
        }

        // The seam's own bound: over it the caller has a defect, and no frame could hold it.
        return bytes <= LogTransaction.MaxBytes ? null : throw new ArgumentException($"{bytes} bytes are over {LogTransaction.MaxBytes}, the bound of a transaction", nameof(records));
    }

    private void Add(EmbeddedTopic topic, int partition, int record, int bytes)
    {
        ref var index = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_sectionOf, (topic, partition), out var exists);
        _nextOfSection[record] = -1;
        if (!exists)
        {
            index = _sections.Count;
            _sections.Add(new Section { Topic = topic, Partition = partition, First = record, Last = record, Records = 1, Bytes = bytes });
            return;
        }

        ref var section = ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_sections)[index];
        _nextOfSection[section.Last] = record;
        section.Last = record;
        section.Records++;
        section.Bytes += bytes;
    }

    private string? WritePositions(PositionCommit? positions, LogState state)
    {
        if (positions is null || positions.Next.Count == 0)
        {
            writer.WriteCount(0);
            return null;
        }

        writer.WriteCount(1);
        writer.WriteGroup(positions.Group, positions.Next.Count);
        foreach (var (partition, next) in positions.Next)
        {
            if (state.Partition(partition) is null) return $"{partition} does not exist";
            writer.WritePosition(state.Topic(partition.Topic)!.Id, partition.Partition, next);
        }

        return null;
    }
}
