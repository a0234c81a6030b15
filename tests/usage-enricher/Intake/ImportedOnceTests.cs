using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Kafka;
using Pipeline.Schemas;
using Pipeline.TestKit;
using Pipeline.UsageEnricher.Intake;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Intake;

/// <summary>
/// The service on brokers of its own, fed by a plain producer as foreign exporters are: without frames and without transactions, each record
/// twice. It is killed while it imports.
/// </summary>
public sealed class ImportedOnceTests
{
    private const int Partitions = 4;
    private const int OtoroshiEvents = 900;
    private const int OtelRecords = 300;
    private const int SpansOfARecord = 2;
    private const int Kills = 4;
    private const int Events = OtoroshiEvents + (OtelRecords * SpansOfARecord);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private static readonly string[] Attributes =
    [
        "gen_ai.operation.name=stringValue:\"chat\"", "gen_ai.provider.name=stringValue:\"openai\"", "gen_ai.request.model=stringValue:\"gpt-4o\"",
        "gen_ai.usage.input_tokens=intValue:\"1000\"", "gen_ai.usage.output_tokens=intValue:\"250\"", "gen_ai.input.messages=stringValue:\"canary-prompt\"",
    ];

    [Fact]
    public async Task Run_KilledWhileImportingWhatIsDeliveredTwice_BooksEveryCallOnce()
    {
        using var kafka = RealKafka.Start(1, ["transaction.abort.timed.out.transaction.cleanup.interval.ms=500"], out var reason);
        Assert.SkipWhen(kafka is null, reason ?? "");
        using var registry = RealRegistry.Start(out reason);
        Assert.SkipWhen(registry is null, reason ?? "");
        using var service = new ServiceProcess("usage-enricher", AdminAddress(out var admin), Settings(kafka!.Bootstrap, registry!.Address, admin));
        await service.StartAsync();

        using var log = new KafkaLog(
            new KafkaOptions { Bootstrap = kafka.Bootstrap, AllowWeakTopics = true, ReplicationFactor = 1, Partitions = Partitions }, NullLogger.Instance, TimeProvider.System);
        using (var exporter = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = kafka.Bootstrap, LingerMs = 1 }).Build())
        {
            var records = Records().ToArray();
            foreach (var part in records.Chunk((records.Length / (Kills + 1)) + 1))
            {
                foreach (var (topic, json) in part)
                    for (var delivery = 0; delivery < 2; delivery++)
                        exporter.Produce(new Confluent.Kafka.TopicPartition(topic, Random.Shared.Next(Partitions)), new Message<byte[], byte[]> { Key = null!, Value = Encoding.UTF8.GetBytes(json) });
                exporter.Flush(Patience);
                service.Kill();
                await service.StartAsync();
            }
        }

        await Until.TrueAsync(() => Task.FromResult(Count(log, Topics.Usage) >= Events), Patience, () => $"{Count(log, Topics.Usage)} of {Events} events\n{service.Output}");
        Assert.Equal(0, await service.StopAsync());
        Check(log);
    }

    private static void Check(ILog log)
    {
        var usage = TopicContents.Read<LlmUsage>(log, Topics.Usage);
        Assert.Equal(Wanted().Order(), usage.Select(one => one.EventId).Order());
        Assert.All(usage, one => Assert.Equal((CostStatus.Priced, ImpactStatus.Estimated), (one.Cost.Status, one.Impact!.Status)));
        Assert.Equal(Events, Count(log, Topics.UsageRaw));
        var sums = TopicContents.Read<UsageAggregate>(log, Topics.Aggregates);
        Assert.Equal(Events, sums.Sum(sum => sum.Calls));
        Assert.Equal(usage.Sum(one => one.Cost.NetTotal), sums.Sum(sum => sum.NetTotal));
        Assert.Equal(2 * Events, Count(log, Topics.UsageImports));

        var dead = TopicContents.Read(log, Topics.DeadLetter(Foreign.OtoroshiTopic));
        Assert.Equal(2, dead.Count);
        Assert.All(dead, one => Assert.Equal((0, 0), (one.Key.Length, one.Value.Length)));
        string[] topics = [Topics.UsageImports, Topics.UsageRaw, Topics.Usage, Topics.Aggregates, Topics.DeadLetter(Foreign.OtoroshiTopic), Topics.DeadLetter(Foreign.OtelTopic)];
        foreach (var record in topics.SelectMany(topic => TopicContents.Read(log, topic)))
        {
            byte[] all = [.. record.Key.Span, .. record.Value.Span, .. record.Headers.SelectMany(header => header.Value.ToArray())];
            Assert.DoesNotContain("canary", Encoding.Latin1.GetString(all));
        }
    }

    private static IEnumerable<(string Topic, string Json)> Records()
    {
        for (var i = 0; i < OtoroshiEvents; i++)
        {
            yield return (Foreign.OtoroshiTopic, Foreign.Otoroshi("openai", """{"prompt_tokens":1000,"generation_tokens":250,"reasoning_tokens":-1}""", $",\"@id\":\"{i}\""));
            if (i % 3 == 0) yield return (Foreign.OtelTopic, Foreign.Traces(Foreign.Span(SpanId(i, 0), "", Attributes), Foreign.Span(SpanId(i, 1), "", Attributes)));
            if (i == OtoroshiEvents / 2) yield return (Foreign.OtoroshiTopic, "canary: no JSON");
        }
    }

    private static IEnumerable<Guid> Wanted() =>
    [
        .. Enumerable.Range(0, OtoroshiEvents).Select(i => ForeignIds.EventId(EventSource.Otoroshi, $"{i}")),
        .. Enumerable.Range(0, OtoroshiEvents).Where(i => i % 3 == 0)
            .SelectMany(i => Enumerable.Range(0, SpansOfARecord).Select(span => ForeignIds.EventId(EventSource.Otel, "5b8efff798038103d269b633813fc60c" + SpanId(i, span)))),
    ];

    private static string SpanId(int i, int span) => $"{(i * SpansOfARecord) + span + 1:x16}";

    private static string AdminAddress(out string address)
    {
        address = $"127.0.0.1:{FreePorts.One()}";
        return $"http://{address}";
    }

    private static Dictionary<string, string> Settings(string kafka, string registry, string admin) => new()
    {
        ["Kafka__Bootstrap"] = kafka,
        ["Kafka__AllowWeakTopics"] = "true",
        ["Kafka__ReplicationFactor"] = "1",
        ["Kafka__Partitions"] = $"{Partitions}",
        ["Registry__Url"] = registry,
        ["Admin__Address"] = admin,
        ["Enricher__MaxBatchRecords"] = "50",
        ["Enricher__Imports__OtoroshiTopic"] = Foreign.OtoroshiTopic,
        ["Enricher__Imports__OtelTopic"] = Foreign.OtelTopic,
    };

    private static int Count(ILog log, string topic) => TopicContents.Read(log, topic).Count;
}
