namespace Pipeline.Runtime.Log;

/// <summary>One partition of one topic; partitions count from 0.</summary>
public readonly record struct TopicPartition(string Topic, int Partition)
{
    public override string ToString() => $"{Topic}[{Partition}]";
}

/// <summary>A record's header; names are ASCII, values mostly UTF-8 text.</summary>
public readonly record struct RecordHeader(string Name, ReadOnlyMemory<byte> Value);

/// <summary>One entry as read from a topic. Key and value stay valid for as long as the record is referenced.</summary>
/// <param name="AppendedAt">The log's own append time, UTC: never a producer's clock.</param>
public sealed record LogRecord(
    TopicPartition Source,
    long Offset,
    DateTimeOffset AppendedAt,
    ReadOnlyMemory<byte> Key,
    ReadOnlyMemory<byte> Value,
    IReadOnlyList<RecordHeader> Headers);

/// <summary>One entry to append. Without <see cref="Partition"/> the common partitioner chooses it from the key.</summary>
/// <remarks>An empty value on a compacted topic is a tombstone.</remarks>
public readonly record struct NewRecord(
    string Topic,
    ReadOnlyMemory<byte> Key,
    ReadOnlyMemory<byte> Value,
    int? Partition = null,
    IReadOnlyList<RecordHeader>? Headers = null);
