using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Kafka;
using Pipeline.TestKit;
using Xunit;
using TopicPartition = Pipeline.Runtime.Log.TopicPartition;

namespace Pipeline.Runtime.Tests.Log;

/// <summary>The conformance suite on a real broker, and what only a broker can do.</summary>
public sealed class KafkaLogTests : LogConformance
{
    private static string Bootstrap
    {
        get
        {
            var bootstrap = RealKafka.Shared(out var skipReason);
            if (bootstrap is null) Assert.Skip(skipReason!);
            return bootstrap;
        }
    }

    internal static KafkaOptions OptionsFor(string bootstrap, bool allowWeakTopics = true) => new()
    {
        Bootstrap = bootstrap,
        AllowWeakTopics = allowWeakTopics,
        ReplicationFactor = 1,
        SessionTimeout = TimeSpan.FromSeconds(6),
        MetadataInterval = TimeSpan.FromSeconds(1),
    };

    internal static KafkaLog NewLog(KafkaOptions options) => new(options, NullLogger.Instance, TimeProvider.System);

    protected override ILog OpenLog() => NewLog(OptionsFor(Bootstrap));

    [Fact]
    public void Execute_TransactionOutlivesItsTimeout_IsFencedAndANewWriterGoesOn()
    {
        ProvisionBoth();
        Write(Records(Topic, 5, partition: 0));
        var timeout = TimeSpan.FromSeconds(1);
        using var gone = new ManualResetEventSlim();
        // The broker looks for timed out transactions every half second: three times that is past it for certain.
        using var slow = new KafkaLog(OptionsFor(Bootstrap), NullLogger.Instance, TimeProvider.System)
        {
            TransactionTimeout = timeout, BeforeCommit = () => gone.Wait(timeout + TimeSpan.FromSeconds(2)),
        };
        var reader = OpenReader();
        using (var writer = slow.OpenWriter(WriterId, out _)!)
        {
            var result = Copy(writer, ReadSome(reader));
            Assert.True(result.Outcome == TransactionOutcome.Fenced, result.ToString());
        }

        var next = OpenWriter();
        Assert.True(reader.Rewind());
        Assert.Equal(TransactionOutcome.Committed, Copy(next, ReadSome(reader)).Outcome);
        Assert.Equal(5, ReadWhole(Output).Count);
    }

    [Fact]
    public void OpenWriter_EarlierTransactionIsOpen_EndsIt()
    {
        ProvisionBoth();
        ILogWriter? second = null;
        using var first = new KafkaLog(OptionsFor(Bootstrap), NullLogger.Instance, TimeProvider.System) { BeforeCommit = () => second ??= OpenWriter() };
        using var writer = first.OpenWriter(WriterId, out _)!;

        var result = writer.Execute(new LogTransaction(Records(Output, 10), null));

        Assert.True(result.Outcome == TransactionOutcome.Fenced, result.ToString());
        Assert.Equal(TransactionOutcome.Committed, second!.Execute(new LogTransaction([Record(Output, "after")], null)).Outcome);
        Assert.Equal(["after"], ReadWhole(Output).Select(KeyOf));
    }

    [Fact]
    public void Execute_SmallRecordsOnATopicBelowTheWritersBatches_CommitAllTheSame()
    {
        // The broker refuses a batch as a whole: here none of its records is at fault.
        Assert.Empty(Log.Provision([new TopicSpec(Output, 1, TimeSpan.FromDays(1), 20_000, [])])!);
        var records = Enumerable.Range(0, 40).Select(i => new NewRecord(Output, BitConverter.GetBytes(i), Noise(3_000))).ToArray();
        var writer = OpenWriter();

        var result = writer.Execute(new LogTransaction(records, null));

        Assert.True(result.Outcome == TransactionOutcome.Committed, result.ToString());
        Assert.Equal(Enumerable.Range(0, 40), ReadWhole(Output).Select(record => BitConverter.ToInt32(record.Key.Span)));
    }

    [Fact]
    public async Task Read_RecordsRemovedBelowThePosition_ThePartitionStopsWithTheirNumber()
    {
        ProvisionBoth();
        Write(Records(Topic, 30, partition: 1));
        var partition = new TopicPartition(Topic, 1);
        var settled = new PositionCommit(Group, new Dictionary<TopicPartition, long> { [partition] = 5 });
        Assert.Equal(TransactionOutcome.Committed, OpenWriter().Execute(new LogTransaction([], settled)).Outcome);
        using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Bootstrap }).Build())
            await admin.DeleteRecordsAsync([new TopicPartitionOffset(Topic, 1, 12)]);

        using (var reader = Log.OpenReader(new ReaderOptions(Group, [Topic])))
        {
            ReadUntil(reader, () => reader.Stopped.Count > 0);
            Assert.Equal(7, reader.Stopped[0].LostRecords);
            Assert.Contains("7 records can no longer be read", reader.Stopped[0].Reason);
            Assert.Equal(5, Log.ReadPosition(Group, partition).Next);
        }

        var records = ReadCount(OpenReader(StartFrom.Earliest), 18);
        Assert.Equal(12, records[0].Offset);
    }

    [Fact]
    public async Task Provision_WeakTopic_IsRefusedWithASentencePerDefectUnlessAllowed()
    {
        using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Bootstrap }).Build())
        {
            await admin.CreateTopicsAsync([new TopicSpecification
            {
                Name = Topic, NumPartitions = 1, ReplicationFactor = 1,
                Configs = new() { ["retention.ms"] = "3600000", ["max.message.bytes"] = "1000", ["unclean.leader.election.enable"] = "true" },
            }]);
        }

        using var strict = NewLog(OptionsFor(Bootstrap, allowWeakTopics: false));
        var defects = strict.Provision([Spec(Topic, Group) with { Partitions = 1 }])!;

        Assert.Equal(6, defects.Count);
        Assert.All(defects, defect => Assert.StartsWith(Topic + ": ", defect));
        foreach (var named in (string[])["replication factor is 1", "min.insync.replicas is 1", "unclean.leader.election.enable is true", "message.timestamp.type is CreateTime",
            "max.message.bytes is 1000", "retention.ms is 3600000"]) Assert.Contains(defects, defect => defect.Contains(named, StringComparison.Ordinal));

        var lenient = (KafkaLog)Log;
        Assert.Empty(lenient.Provision([Spec(Topic, Group) with { Partitions = 1 }])!);
        Assert.Equal(defects, lenient.Weaknesses);
    }

    [Fact]
    public void Provision_SeveralServicesAtOnce_AllFindItDone()
    {
        var logs = Enumerable.Range(0, 4).Select(_ => Opened(NewLog(OptionsFor(Bootstrap)))).ToArray();

        Parallel.ForEach(logs, new ParallelOptions { MaxDegreeOfParallelism = 4 }, log => Assert.Empty(log.Provision([Spec(Topic, Group), Spec(Output, Group)])!));

        for (var partition = 0; partition < Partitions; partition++) Assert.Equal(0, Log.ReadPosition(Group, new(Output, partition)).Next);
    }

    [Fact]
    public void EveryCall_LogAway_SaysSoWithinABound()
    {
        using var away = NewLog(OptionsFor($"127.0.0.1:{FreePorts.One()}"));
        string? reason = null;

        Parallel.Invoke(
            () => Assert.Null(away.OpenWriter("id", out reason)),
            () => Assert.Null(away.ReadBounds(new("t", 0))),
            () => Assert.False(away.ReadPosition("g", new("t", 0)).IsKnown),
            () => Assert.Null(away.PartitionCount("t")),
            () => Assert.Null(away.Provision([Spec("t")])),
            () => Assert.True(Opened(away.OpenReader(new ReaderOptions("g", ["t"]))).Read(1, 1, TimeSpan.FromSeconds(1), default).IsEmpty));

        Assert.NotNull(reason);
    }
}
