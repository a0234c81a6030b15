using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas.Avro;
using Pipeline.Schemas.Wire;

namespace Pipeline.UsageEnricher.Tests.Fixtures;

/// <summary>What is committed in a topic now.</summary>
internal static class TopicContents
{
    /// <summary>Behind somebody's open transaction nothing comes: after so many reads in vain it is not waited for.</summary>
    private const int QuietReads = 10;

    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(200);

    public static List<LogRecord> Read(ILog log, string topic)
    {
        using var read = CommittedRead.Begin(log, Enumerable.Range(0, log.PartitionCount(topic)!.Value).Select(partition => new TopicPartition(topic, partition)))!;
        var records = new List<LogRecord>();
        for (var quiet = 0; quiet < QuietReads && !read.IsComplete;)
        {
            var batch = read.Read(MaxWait, default)!;
            records.AddRange(batch.Records);
            quiet = batch.IsEmpty ? quiet + 1 : 0;
        }

        return records;
    }

    /// <summary>Without tombstones.</summary>
    public static List<T> Read<T>(ILog log, string topic)
        where T : IAvroRecord<T> => [.. Read(log, topic).Where(static record => !record.Value.IsEmpty).Select(static record => Decode<T>(record.Value))];

    public static T Decode<T>(ReadOnlyMemory<byte> record)
        where T : IAvroRecord<T>
    {
        Assert.True(ConfluentFrame.TryRead(record.Span, out _, out var body));
        Assert.True(AvroBody.TryRead<T>(body, out var value));
        return value;
    }
}
