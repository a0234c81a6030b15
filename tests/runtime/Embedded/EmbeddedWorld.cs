using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Embedded;
using Pipeline.Runtime.Segments;
using Xunit;

namespace Pipeline.Runtime.Tests.Embedded;

/// <summary>An embedded log with an input and an output topic, and records that say their number.</summary>
internal static class EmbeddedWorld
{
    public const string Input = "input";
    public const string Output = "output";
    public const string Group = "copier";
    public const int Partitions = 3;

    public static readonly TopicSpec[] Specs =
        [new(Input, Partitions, TimeSpan.FromDays(1), 100_000, [Group]), new(Output, Partitions, TimeSpan.FromDays(1), 100_000, [])];

    public static EmbeddedLog Open(ISegmentDisk disk, FsyncPolicy fsync = FsyncPolicy.Never, TimeProvider? time = null)
    {
        var opening = EmbeddedLog.Open(disk, new EmbeddedLogOptions(SegmentStoreOptions.MinSegmentBytes, fsync, TimeSpan.FromHours(1)), time ?? TimeProvider.System, Guid.NewGuid, NullLogger.Instance);
        Assert.Null(opening.Failure);
        return opening.Log!;
    }

    public static EmbeddedLog OpenWithTopics(ISegmentDisk disk, FsyncPolicy fsync = FsyncPolicy.Never, TimeProvider? time = null)
    {
        var log = Open(disk, fsync, time);
        Assert.Empty(log.Provision(Specs)!);
        return log;
    }

    public static NewRecord Record(string topic, long number, int? partition = null)
    {
        var key = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(key, number);
        return new NewRecord(topic, key, new byte[20 + (number % 200)], partition);
    }

    public static long NumberOf(LogRecord record) => BinaryPrimitives.ReadInt64LittleEndian(record.Key.Span);

    public static ILogWriter Writer(ILog log, string id = "writer")
    {
        var writer = log.OpenWriter(id, out var reason);
        Assert.True(writer is not null, reason);
        return writer;
    }

    public static void Write(ILog log, params NewRecord[] records) =>
        Assert.Equal(TransactionOutcome.Committed, Writer(log).Execute(new LogTransaction(records, null)).Outcome);

    /// <summary>Numbers of a topic's records by partition, in order; offsets are checked to be without gaps.</summary>
    public static List<LogRecord> ReadAll(ILog log, string topic)
    {
        using var cursor = log.OpenCursor(Enumerable.Range(0, log.PartitionCount(topic)!.Value).ToDictionary(partition => new TopicPartition(topic, partition), static _ => 0L));
        var records = new List<LogRecord>();
        while (cursor.Read(7, int.MaxValue, TimeSpan.Zero, default) is { IsEmpty: false } batch) records.AddRange(batch.Records);
        foreach (var partition in records.GroupBy(static record => record.Source))
            Assert.Equal(Enumerable.Range(0, partition.Count()).Select(static offset => (long)offset), partition.Select(static record => record.Offset));
        return records;
    }
}

/// <summary>A clock that says what the test wants.</summary>
internal sealed class TestClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Now;

    public override long GetTimestamp() => Now.UtcTicks;
}
