namespace Pipeline.Runtime.Log.Embedded;

/// <summary>Where records of one partition are: those of one transaction lie together in its frame.</summary>
/// <param name="FrameBytes">With the frame's header.</param>
internal readonly record struct FrameEntry(long BaseOffset, long Address, int FrameBytes, int Count);

/// <summary>The frames that hold records of one partition, by offset: 24 bytes per transaction and partition, none per record.</summary>
/// <remarks>
/// Entries are in offset order. They are in address order too, until retention carries live records forward; nothing here relies on it.
/// </remarks>
internal sealed class FrameIndex
{
    private const int ChunkShift = 10;
    private const int ChunkEntries = 1 << ChunkShift;

    private readonly List<FrameEntry[]> _chunks = [];

    public int Count { get; private set; }

    public FrameEntry this[int index] => _chunks[index >> ChunkShift][index & (ChunkEntries - 1)];

    public void Add(in FrameEntry entry)
    {
        if (Count == _chunks.Count << ChunkShift) _chunks.Add(new FrameEntry[ChunkEntries]);
        _chunks[Count >> ChunkShift][Count & (ChunkEntries - 1)] = entry;
        Count++;
    }

    /// <returns>Index of the first entry that holds the offset or a later one; <see cref="Count"/> when none does.</returns>
    public int Find(long offset)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var entry = this[middle];
            if (entry.BaseOffset + entry.Count <= offset) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}

/// <summary>One partition: its bounds and where its records are.</summary>
internal sealed class PartitionLog
{
    public FrameIndex Frames { get; } = new();

    /// <summary>First readable offset.</summary>
    public long Start => Frames.Count > 0 ? Frames[0].BaseOffset : End;

    /// <summary>Offset of the record to be written next.</summary>
    public long End { get; private set; }

    public void Add(in FrameEntry entry)
    {
        Frames.Add(entry);
        End = entry.BaseOffset + entry.Count;
    }
}

/// <summary>A topic with its number in the journal.</summary>
internal sealed class EmbeddedTopic(int id, TopicSpec spec)
{
    public int Id => id;
    public TopicSpec Spec { get; private set; } = spec;
    public PartitionLog[] Partitions { get; private set; } = Make(spec.Partitions);

    /// <summary>Takes over settings; partitions are only ever added.</summary>
    public void Change(TopicSpec changed)
    {
        Spec = changed;
        if (changed.Partitions > Partitions.Length) Partitions = [.. Partitions, .. Make(changed.Partitions - Partitions.Length)];
    }

    private static PartitionLog[] Make(int count) => [.. Enumerable.Range(0, count).Select(static _ => new PartitionLog())];
}
