using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Kafka;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;
using Pipeline.TestKit;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Booking;

/// <summary>Ten polls of each response over all partitions of a real broker, two enrichers, kill -9 of each: every response is charged once.</summary>
public sealed class BookingOnKafkaTests(ITestOutputHelper output)
{
    private const int Partitions = 4;
    private const int Responses = 120;
    private const int Polls = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string _tenant = Guid.NewGuid().ToString("N");

    [Fact]
    public async Task Polls_OverTwoEnrichersThatAreKilled_ChargeEachResponseOnce()
    {
        var (bootstrap, registryUrl) = (OwnServers.Kafka, OwnServers.Registry);
        using var log = new KafkaLog(new KafkaOptions { Bootstrap = bootstrap, AllowWeakTopics = true, ReplicationFactor = 1, Partitions = Partitions }, NullLogger.Instance, TimeProvider.System);
        Assert.Empty(log.Provision(Topics.All(Partitions))!);
        using var registry = new HttpSchemaRegistry(new RegistryOptions { Url = new Uri(registryUrl) }, new SocketsHttpHandler(), TimeProvider.System);
        var schemas = new SchemaCatalog(registry, [SchemaSet.LLMUsageAudit]);
        Assert.True(schemas.Prepare(CancellationToken.None));

        using var one = Enricher(bootstrap, registryUrl, "one");
        using var other = Enricher(bootstrap, registryUrl, "other");
        await one.StartAsync();
        await other.StartAsync();
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var polls = Shuffled(new Random(seed));
        var written = 0;
        foreach (var part in polls.Chunk(polls.Count / 12))
        {
            Write(log, schemas, part, written);
            written += part.Length;
            var victim = (written / part.Length) switch { 3 or 8 => one, 5 or 10 => other, _ => null };
            if (victim is null) continue;
            victim.Kill();
            await victim.StartAsync();
        }

        await Until.TrueAsync(() => Task.FromResult(Usage(log).Count == polls.Count), Patience, () => $"{Usage(log).Count} of {polls.Count} events\n{one.Output}\n{other.Output}");
        Check(Usage(log), log);
    }

    private void Check(List<LlmUsage> usage, KafkaLog log)
    {
        Assert.Equal(usage.Count, usage.Select(static one => one.EventId).Distinct().Count());
        var charged = usage.Where(static one => one.Cost.Status == CostStatus.Priced).ToList();
        output.WriteLine($"{usage.Count} reads of {Responses} responses, {charged.Count} charged");
        Assert.Equal(Enumerable.Range(0, Responses).Select(Response).Order(), charged.Select(static one => one.ProviderResponseId).Order());
        Assert.Equal(Responses * (Polls - 2), usage.Count(static one => one.Usage is not null));
        Assert.Equal(Responses * (Polls - 3), usage.Count(static one => one.Cost is { Status: CostStatus.AlreadyBooked, NetTotal: 0 }));
        var sums = TopicContents.Read<UsageAggregate>(log, Topics.Aggregates).Where(sum => sum.Tenant == _tenant).ToList();
        Assert.Equal(charged.Sum(static one => one.Cost.NetTotal), sums.Sum(static sum => sum.NetTotal));
        Assert.Equal(charged.Sum(static one => one.Usage!.InputTotal), sums.Sum(static sum => sum.InputTotal));
        Assert.Equal(usage.Count, sums.Sum(static sum => sum.Calls));
    }

    /// <summary>Of each response two looks while it is not there yet, and reads of the whole.</summary>
    private List<LLMUsageAudit> Shuffled(Random random)
    {
        var polls = Enumerable.Range(0, Responses).SelectMany(response => Enumerable.Range(0, Polls).Select(poll =>
        {
            var tokens = poll < 2 ? null : Calls.Tokens(1000 + response, 20);
            return Calls.Plain(tokens) with
            {
                EventId = Guid.CreateVersion7(), StartedAt = DateTimeOffset.UtcNow, Provider = "openai", RequestModel = "gpt-4o", ResponseModel = tokens is null ? null : "gpt-4o",
                Operation = poll == 0 ? "responses" : "retrieve", Background = true, ProviderResponseId = Response(response), Attribution = new Attribution { Tenant = _tenant, Team = $"team {poll % 3}" },
            };
        })).ToArray();
        random.Shuffle(polls);
        return [.. polls];
    }

    private string Response(int number) => $"resp_{_tenant}_{number:000}";

    private void Write(KafkaLog log, SchemaCatalog schemas, IEnumerable<LLMUsageAudit> calls, int from)
    {
        using var records = new RecordWriter<LLMUsageAudit>(schemas);
        using var writer = log.OpenWriter($"raw-{_tenant}", out _);
        var batch = calls.Select((call, i) => records.Record(Topics.UsageRaw, Encoding.ASCII.GetBytes(call.EventId.ToString()), call, (from + i) % Partitions));
        Assert.Equal(TransactionOutcome.Committed, writer!.Execute(new LogTransaction([.. batch], null)).Outcome);
    }

    private List<LlmUsage> Usage(KafkaLog log) => [.. TopicContents.Read<LlmUsage>(log, Topics.Usage).Where(one => one.Attribution.Tenant == _tenant)];

    private static ServiceProcess Enricher(string bootstrap, string registry, string instance)
    {
        var admin = $"127.0.0.1:{FreePorts.One()}";
        return new ServiceProcess("usage-enricher", $"http://{admin}", new Dictionary<string, string>
        {
            ["Kafka__Bootstrap"] = bootstrap, ["Kafka__AllowWeakTopics"] = "true", ["Kafka__ReplicationFactor"] = "1", ["Kafka__Partitions"] = "4", ["Kafka__SessionTimeout"] = "6s",
            ["Registry__Url"] = registry, ["Admin__Address"] = admin, ["Log__Instance"] = instance, ["Enricher__MaxBatchRecords"] = "20",
        });
    }
}
