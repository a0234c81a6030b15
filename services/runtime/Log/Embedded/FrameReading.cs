using System.Text;
using Pipeline.Runtime.Segments;

namespace Pipeline.Runtime.Log.Embedded;

/// <summary>A partition as one reader goes through it.</summary>
internal sealed class PartitionReading(TopicPartition partition, long next)
{
    public TopicPartition Partition => partition;
    public long Next { get; set; } = next;

    /// <summary>Index of the frame that holds <see cref="Next"/>, or of the one to come.</summary>
    public int Frame { get; set; } = -1;
}

/// <summary>
/// Takes records of several partitions, in the order in which they were committed: always from the frame with the lowest address, so
/// that a frame is read once whichever partitions it holds.
/// </summary>
/// <remarks>The reader's thread only.</remarks>
internal sealed class FrameReading(EmbeddedLog log)
{
    private const int MaxHeaderNames = 64;

    private readonly List<string> _headerNames = [];
    private byte[] _frame = [];
    private long _frameAddress = -1;

    /// <summary>Damage in the journal, or a disk that does not answer: no partition is read any further.</summary>
    public SegmentFault? Fault { get; private set; }

    /// <summary>What <see cref="ILogReader.Stopped"/> says once there is damage.</summary>
    public static IReadOnlyList<StoppedPartition> StoppedBy(SegmentFault fault, IEnumerable<PartitionReading> partitions) =>
        [.. partitions.Select(reading => new StoppedPartition(reading.Partition, null, $"the journal is damaged: {fault}; restore the file from a copy and start again"))];

    public RecordBatch Read(IReadOnlyList<PartitionReading> partitions, int maxRecords, int maxBytes, object? membership)
    {
        var records = new List<LogRecord>();
        var next = new Dictionary<TopicPartition, long>();
        var bytes = 0L;
        while (records.Count < maxRecords && bytes < maxBytes && Fault is null)
        {
            if (Lowest(partitions) is not { } reading) break;
            if (!Load(reading.Entry)) break;
            bytes += Take(reading.Partition, reading.Topic, maxRecords, maxBytes - bytes, records);
            next[reading.Partition.Partition] = reading.Partition.Next;
        }

        return records.Count == 0 ? RecordBatch.Empty : new RecordBatch(records, next, membership);
    }

    private (PartitionReading Partition, FrameEntry Entry, int Topic)? Lowest(IReadOnlyList<PartitionReading> partitions) => log.Under(state =>
    {
        PartitionReading? lowest = null;
        FrameEntry entry = default;
        foreach (var reading in partitions)
        {
            if (state.Partition(reading.Partition) is not { } partition) continue;
            var frames = partition.Frames;
            if (reading.Frame < 0) reading.Frame = frames.Find(reading.Next);
            if (reading.Frame == frames.Count) continue;
            var candidate = frames[reading.Frame];
            if (lowest is not null && candidate.Address >= entry.Address) continue;
            (lowest, entry) = (reading, candidate);
        }

        return lowest is null ? ((PartitionReading, FrameEntry, int)?)null : (lowest, entry, state.Topic(lowest.Partition.Topic)!.Id);
    });

    private bool Load(in FrameEntry entry)
    {
        if (_frameAddress == entry.Address) return true;
        // Records keep slices of it: never reused.
        var frame = GC.AllocateUninitializedArray<byte>(entry.FrameBytes);
        var outcome = log.Journal.ReadAt(entry.Address, frame, out var fault);
        if (outcome != CursorOutcome.Frame)
        {
            Fault = fault;
            return false;
        }

        (_frame, _frameAddress) = (frame, entry.Address);
        return true;
    }

    private long Take(PartitionReading reading, int topic, int maxRecords, long maxBytes, List<LogRecord> records)
    {
        var payload = _frame.AsSpan(SegmentStore.FrameOverheadBytes);
        var frame = new JournalFrame(payload);
        var appendedAt = DateTimeOffset.UnixEpoch.AddTicks(frame.AppendTimeUs * TimeSpan.TicksPerMicrosecond);
        var (offset, count) = Enter(ref frame, topic, reading.Partition.Partition);
        var bytes = 0L;
        for (; count > 0; count--, offset++)
        {
            var (keyLength, valueLength) = (frame.ReadInt(), frame.ReadInt());
            if (offset < reading.Next)
            {
                ReadHeaders(ref frame, payload.Length);
                frame.ReadBytes(keyLength + valueLength);
                continue;
            }

            if (records.Count >= maxRecords || (bytes >= maxBytes && bytes > 0)) return bytes;
            var headers = ReadHeaders(ref frame, payload.Length);
            var key = Slice(ref frame, payload.Length, keyLength);
            var value = Slice(ref frame, payload.Length, valueLength);
            records.Add(new LogRecord(reading.Partition, offset, appendedAt, key, value, headers));
            bytes += keyLength + valueLength;
            reading.Next = offset + 1;
        }

        reading.Frame++;
        return bytes;
    }

    /// <summary>Goes to the records of the partition.</summary>
    private static (long BaseOffset, int Count) Enter(ref JournalFrame frame, int topic, int partition)
    {
        for (var topics = frame.ReadCount(); topics > 0; topics--) frame.ReadTopic();
        for (var groups = frame.ReadCount(); groups > 0; groups--)
        {
            frame.ReadGroup();
            for (var positions = frame.ReadCount(); positions > 0; positions--) frame.ReadPosition();
        }

        (long BaseOffset, int Count) found = (0, 0);
        var skip = 0;
        var isFound = false;
        for (var sections = frame.ReadCount(); sections > 0; sections--)
        {
            var section = frame.ReadSection();
            if (section.Topic == topic && section.Partition == partition) (found, isFound) = ((section.BaseOffset, section.Records), true);
            else if (!isFound) skip += section.Bytes;
        }

        frame.ReadBytes(skip);
        return found;
    }

    private RecordHeader[] ReadHeaders(ref JournalFrame frame, int payloadLength)
    {
        var count = frame.ReadCount();
        if (count == 0) return [];
        var headers = new RecordHeader[count];
        for (var i = 0; i < count; i++)
        {
            var name = NameOf(frame.ReadBytes(frame.ReadInt()));
            var length = frame.ReadInt();
            headers[i] = new RecordHeader(name, Slice(ref frame, payloadLength, length));
        }

        return headers;
    }

    private ReadOnlyMemory<byte> Slice(ref JournalFrame frame, int payloadLength, int length)
    {
        var start = SegmentStore.FrameOverheadBytes + payloadLength - frame.Remaining;
        frame.ReadBytes(length);
        return _frame.AsMemory(start, length);
    }

    /// <summary>Few names come again and again.</summary>
    private string NameOf(ReadOnlySpan<byte> utf8)
    {
        foreach (var known in _headerNames)
            if (known.Length == utf8.Length && Ascii.Equals(utf8, known)) return known;
        var name = Encoding.UTF8.GetString(utf8);
        if (_headerNames.Count < MaxHeaderNames) _headerNames.Add(name);
        return name;
    }
}
