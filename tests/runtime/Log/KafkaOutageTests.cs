using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Kafka;
using Pipeline.TestKit;
using Xunit;

namespace Pipeline.Runtime.Tests.Log;

/// <summary>A broker that stops answering in the middle of a commit, and one that is killed and comes back.</summary>
public sealed class KafkaOutageTests
{
    [Fact]
    public async Task Execute_BrokerSilentDuringTheCommit_TheCommitIsRepeatedAndWrittenOnce()
    {
        using var broker = Start();
        using var log = KafkaLogTests.NewLog(KafkaLogTests.OptionsFor(broker.Bootstrap));
        Provision(log);
        Task? thaw = null;
        using var frozen = new KafkaLog(KafkaLogTests.OptionsFor(broker.Bootstrap), NullLogger.Instance, TimeProvider.System)
        {
            BeforeCommit = () =>
            {
                broker.Freeze(1);
                thaw ??= Task.Delay(TimeSpan.FromSeconds(3)).ContinueWith(_ => broker.Thaw(1), TaskScheduler.Default);
            },
        };
        using var writer = frozen.OpenWriter("id", out _)!;

        var result = writer.Execute(new LogTransaction(Numbers(100), null));
        await thaw!;

        Assert.True(result.Outcome == TransactionOutcome.Committed, result.ToString());
        Assert.Equal(100, ReadWhole(log).Count);
    }

    /// <summary>The broker is silent when the reader gives its membership up, and while it joins anew.</summary>
    [Fact]
    public void Read_MembershipLostForLong_JoinsAnewAndGoesOn()
    {
        var time = new AheadTime();
        var said = new KeptLines();
        using var broker = Start();
        using var log = new KafkaLog(KafkaLogTests.OptionsFor(broker.Bootstrap), said, time);
        Provision(log);
        using var writer = log.OpenWriter("id", out _)!;
        Assert.Equal(TransactionOutcome.Committed, writer.Execute(new LogTransaction(Numbers(1), null)).Outcome);
        var lost = 0;
        using var reader = log.OpenReader(new ReaderOptions("g", ["t"], Revoked: _ => lost++, StartFrom: StartFrom.Earliest));
        ReadUntil(reader, static batch => batch.Records.Count == 1);

        broker.Freeze(1);
        ReadUntil(reader, batch => lost > 0 && batch.Membership is null);
        time.Ahead += KafkaBounds.MembershipWait;
        ReadUntil(reader, _ => said.All.Any(static line => line.StartsWith("MembershipMissed g", StringComparison.Ordinal)));
        broker.Thaw(1);

        ReadUntil(reader, static batch => batch.Records.Count == 1);
        Assert.Equal(TransactionOutcome.Committed, writer.Execute(new LogTransaction(Numbers(1), null)).Outcome);
        ReadUntil(reader, static batch => batch.Records.Count == 1);
        Assert.Single(said.All, static line => line.StartsWith("MembershipMissed", StringComparison.Ordinal));
    }

    /// <summary>A member that has nothing to read is a member: it must not disturb the others by joining anew.</summary>
    [Fact]
    public void Read_MoreReadersThanPartitions_AllAreMembers()
    {
        using var broker = Start();
        using var log = KafkaLogTests.NewLog(KafkaLogTests.OptionsFor(broker.Bootstrap));
        Provision(log);
        ILogReader[] readers = [.. Enumerable.Range(0, 2).Select(_ => log.OpenReader(new ReaderOptions("g", ["t"], StartFrom: StartFrom.Earliest)))];
        ReadUntil(() => readers.All(static reader => reader.Read(1, int.MaxValue, TimeSpan.FromMilliseconds(20), default).Membership is not null));
        foreach (var reader in readers) reader.Dispose();
    }

    private static void ReadUntil(ILogReader reader, Func<RecordBatch, bool> isEnough) =>
        ReadUntil(() => isEnough(reader.Read(1, int.MaxValue, TimeSpan.FromMilliseconds(100), default)));

    private static void ReadUntil(Func<bool> isEnough)
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(40); !isEnough();) Assert.True(DateTime.UtcNow < deadline, "did not come");
    }

    private static RealKafka Start()
    {
        var broker = RealKafka.Start(1, ["transaction.abort.timed.out.transaction.cleanup.interval.ms=500"], out var skipReason);
        if (broker is null) Assert.Skip(skipReason!);
        return broker;
    }

    private static void Provision(ILog log) => Assert.Empty(log.Provision([new TopicSpec("t", 1, TimeSpan.FromDays(1), Topics.MaxRecordBytes, [])])!);

    private static NewRecord[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(static i => new NewRecord("t", BitConverter.GetBytes(i), new byte[10]))];

    private static List<LogRecord> ReadWhole(ILog log)
    {
        var partition = new TopicPartition("t", 0);
        using var cursor = log.OpenCursor(new Dictionary<TopicPartition, long> { [partition] = 0 });
        var records = new List<LogRecord>();
        var deadline = DateTime.UtcNow.AddSeconds(40);
        // Just after a restart the partition may have no leader yet: then there are no bounds.
        for (var next = 0L; log.ReadBounds(partition) is not { } bounds || next < bounds.End;)
        {
            Assert.True(DateTime.UtcNow < deadline, $"{records.Count} records, at {next} of {log.ReadBounds(partition)}");
            var batch = cursor.Read(1_000, int.MaxValue, TimeSpan.FromMilliseconds(100), default);
            records.AddRange(batch.Records);
            if (batch.Next.TryGetValue(partition, out var read)) next = read;
        }

        return records;
    }
}

/// <summary>The system's clock, some time ahead.</summary>
internal sealed class AheadTime : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override long GetTimestamp() => base.GetTimestamp() + (long)(Ahead.TotalSeconds * TimestampFrequency);
}
