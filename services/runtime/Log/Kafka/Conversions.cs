using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Pipeline.Runtime.Log.Kafka;

/// <summary>Between the client's types and the seam's.</summary>
internal static class Conversions
{
    public static Confluent.Kafka.TopicPartition ToClient(this TopicPartition partition) => new(partition.Topic, partition.Partition);

    public static TopicPartition ToOurs(this Confluent.Kafka.TopicPartition partition) => new(partition.Topic, partition.Partition.Value);

    public static TopicPartitionOffset At(this TopicPartition partition, long offset) => new(partition.ToClient(), offset);

    public static LogRecord ToRecord(this ConsumeResult<byte[], byte[]> read, TopicPartition source) => new(
        source,
        read.Offset.Value,
        DateTimeOffset.FromUnixTimeMilliseconds(read.Message.Timestamp.UnixTimestampMs),
        read.Message.Key,
        read.Message.Value,
        ToRecordHeaders(read.Message.Headers));

    /// <summary>Null for nothing: an absent key, and the tombstone that an empty value stands for.</summary>
    public static byte[]? ToArrayOrNull(this ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty) return null;
        return MemoryMarshal.TryGetArray(bytes, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
            ? segment.Array : bytes.ToArray();
    }

    public static Headers? ToClientHeaders(IReadOnlyList<RecordHeader>? headers)
    {
        if (headers is null || headers.Count == 0) return null;
        var result = new Headers();
        foreach (var header in headers) result.Add(header.Name, header.Value.ToArray());
        return result;
    }

    private static IReadOnlyList<RecordHeader> ToRecordHeaders(Headers? headers)
    {
        if (headers is null || headers.Count == 0) return [];
        var result = new RecordHeader[headers.Count];
        for (var i = 0; i < result.Length; i++) result[i] = new RecordHeader(headers[i].Key, headers[i].GetValueBytes());
        return result;
    }
}
