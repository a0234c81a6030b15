using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Kafka;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;
using Pipeline.TestKit;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests;

/// <summary>The whole service on a real broker. The topics are everybody's: the test's own events carry its own tenant.</summary>
public sealed class EnricherServiceTests
{
    private const int Partitions = 4;
    private const int Events = 400;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _tenant = Guid.NewGuid().ToString("N");
    private readonly FileSchemaRegistry _registry = new(null);

    [Fact]
    public void Run_StoppedAndStartedAgain_EnrichesEveryEventOnce()
    {
        using var log = OpenLog();
        var ids = WriteRaw(log);

        var first = RunUntil(log, events => events >= Events / 4);
        Assert.InRange(first, 1, Events);
        RunUntil(log, events => events >= Events);

        var usage = TopicContents.Read<LlmUsage>(log, Topics.Usage).Where(one => one.Attribution.Tenant == _tenant).ToArray();
        Assert.Equal(ids.Order(), usage.Select(one => one.EventId).Order());
        Assert.All(usage, one => Assert.Equal(CostStatus.Priced, one.Cost.Status));
        var sums = TopicContents.Read<UsageAggregate>(log, Topics.Aggregates).Where(sum => sum.Tenant == _tenant).ToArray();
        Assert.Equal(Events, sums.Sum(sum => sum.Calls));
        Assert.Equal(usage.Sum(one => one.Cost.NetTotal), sums.Sum(sum => sum.NetTotal));
        Assert.NotEqual(0, sums.Sum(sum => sum.NetTotal));
    }

    /// <returns>Events of this test that were written when the service was stopped.</returns>
    private int RunUntil(ILog log, Func<int, bool> isEnough)
    {
        var service = new ServiceHost(
            "usage-enricher", "", ["--Admin:Address", $"127.0.0.1:{FreePorts.One()}", "--Telemetry:LogLevel", "warning"], adminPort: 0);
        Assert.False(service.EndsHere(out _));
        using var connection = new LogConnection(
            service, new LogOptions { Instance = _tenant }, OpenLog(), _registry, Topics.All(Partitions), EnricherService.Schemas, "kafka");
        using var step = EnricherService.Add(service, connection, new EnricherOptions { MaxBatchRecords = 25 });
        using var patience = new CancellationTokenSource(Patience);
        var running = service.RunAsync();
        var events = 0;
        foreach (var one in Follow(log, Topics.Usage, patience.Token))
            if (TopicContents.Decode<LlmUsage>(one.Value).Attribution.Tenant == _tenant && isEnough(++events))
                break;
        Assert.False(patience.IsCancellationRequested, $"only {events} events within {Patience}");
        service.RequestStop();
        Assert.True(running.Wait(Patience));
        Assert.Equal(0, running.Result);
        return events;
    }

    private List<Guid> WriteRaw(ILog log)
    {
        Assert.Empty(log.Provision(Topics.All(Partitions))!);
        var schemas = new SchemaCatalog(_registry, [SchemaSet.LLMUsageAudit]);
        Assert.True(schemas.Prepare(CancellationToken.None));
        using var records = new RecordWriter<LLMUsageAudit>(schemas);
        using var writer = log.OpenWriter($"raw-{_tenant}", out _);
        var ids = new List<Guid>();
        foreach (var part in Enumerable.Range(0, Events).Chunk(100))
        {
            var batch = part.Select(i =>
            {
                ids.Add(Guid.CreateVersion7());
                var call = Calls.Plain(Calls.Tokens(1000 + i, 10)) with
                {
                    EventId = ids[^1], StartedAt = DateTimeOffset.UtcNow, Provider = "openai", ResponseModel = "gpt-4o", Attribution = new Attribution { Tenant = _tenant, Team = $"team {i % 3}" },
                };
                return records.Record(Topics.UsageRaw, Encoding.ASCII.GetBytes(call.EventId.ToString()), call);
            });
            Assert.Equal(TransactionOutcome.Committed, writer!.Execute(new LogTransaction([.. batch], null)).Outcome);
        }

        return ids;
    }

    private static ILog OpenLog()
    {
        var bootstrap = RealKafka.Shared(out var reason);
        Assert.SkipWhen(bootstrap is null, reason ?? "");
        var options = new KafkaOptions { Bootstrap = bootstrap!, AllowWeakTopics = true, ReplicationFactor = 1, Partitions = Partitions, SessionTimeout = TimeSpan.FromSeconds(6) };
        return new KafkaLog(options, NullLogger.Instance, TimeProvider.System);
    }

    private static IEnumerable<LogRecord> Follow(ILog log, string topic, CancellationToken stop)
    {
        using var cursor = log.OpenCursor(Enumerable.Range(0, log.PartitionCount(topic)!.Value).Select(partition => new TopicPartition(topic, partition))
            .ToDictionary(static partition => partition, partition => log.ReadBounds(partition)!.Value.Start));
        while (!stop.IsCancellationRequested)
            foreach (var record in cursor.Read(100, 1024 * 1024, TimeSpan.FromMilliseconds(200), stop).Records)
                yield return record;
    }
}
