using Pipeline.Runtime.Segments;

namespace Pipeline.Runtime.Log.Embedded;

/// <summary>What the journal says, in memory: topics, where their records are, and the groups' positions. Rebuilt by a scan at start.</summary>
/// <remarks>Guarded by the log's state lock.</remarks>
internal sealed class LogState
{
    private readonly List<EmbeddedTopic> _topics = [];
    private readonly Dictionary<string, EmbeddedTopic> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<TopicPartition, long>> _positions = new(StringComparer.Ordinal);

    public int TopicCount => _topics.Count;

    /// <summary>Append time of the newest transaction: the next one is not before it.</summary>
    public long LastAppendTimeUs { get; private set; } = long.MinValue;

    public EmbeddedTopic? Topic(string name) => _byName.GetValueOrDefault(name);

    public PartitionLog? Partition(TopicPartition partition) =>
        _byName.TryGetValue(partition.Topic, out var topic) && (uint)partition.Partition < (uint)topic.Partitions.Length ? topic.Partitions[partition.Partition] : null;

    public long? Position(string group, TopicPartition partition) =>
        _positions.TryGetValue(group, out var positions) && positions.TryGetValue(partition, out var next) ? next : null;

    /// <summary>Takes over one transaction, as it was committed or as it is found at start.</summary>
    /// <returns>Whether topics or partitions were added.</returns>
    public bool Apply(ReadOnlySpan<byte> payload, long address)
    {
        var frame = new JournalFrame(payload);
        LastAppendTimeUs = frame.AppendTimeUs;
        var topics = frame.ReadCount();
        for (var i = 0; i < topics; i++) ApplyTopic(frame.ReadTopic());
        for (var groups = frame.ReadCount(); groups > 0; groups--)
        {
            var group = frame.ReadGroup();
            if (!_positions.TryGetValue(group, out var positions)) _positions[group] = positions = [];
            for (var count = frame.ReadCount(); count > 0; count--)
            {
                var (topic, partition, next) = frame.ReadPosition();
                positions[new TopicPartition(_topics[topic].Spec.Name, partition)] = next;
            }
        }

        var frameBytes = payload.Length + SegmentStore.FrameOverheadBytes;
        for (var sections = frame.ReadCount(); sections > 0; sections--)
        {
            var (topic, partition, baseOffset, records, _) = frame.ReadSection();
            _topics[topic].Partitions[partition].Add(new FrameEntry(baseOffset, address, frameBytes, records));
        }

        return topics > 0;
    }

    private void ApplyTopic(TopicSpec spec)
    {
        if (_byName.TryGetValue(spec.Name, out var known))
        {
            known.Change(spec);
            return;
        }

        var topic = new EmbeddedTopic(_topics.Count, spec);
        _topics.Add(topic);
        _byName.Add(spec.Name, topic);
    }
}
