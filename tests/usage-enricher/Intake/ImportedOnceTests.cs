using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Kafka;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;
using Pipeline.Schemas.Wire;
using Pipeline.TestKit;
using Pipeline.UsageEnricher.Intake;
using TopicPartition = Pipeline.Runtime.Log.TopicPartition;

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
    private const int QuietReads = 10;

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
        var usage = Read(log, Topics.Usage).Select(Decode<LlmUsage>).ToArray();
        Assert.Equal(Wanted().Order(), usage.Select(one => one.EventId).Order());
        Assert.All(usage, one => Assert.Equal((CostStatus.Priced, ImpactStatus.Estimated), (one.Cost.Status, one.Impact!.Status)));
        Assert.Equal(Events, Count(log, Topics.UsageRaw));
        var sums = Read(log, Topics.Aggregates).Select(Decode<UsageAggregate>).ToArray();
        Assert.Equal(Events, sums.Sum(sum => sum.Calls));
        Assert.Equal(usage.Sum(one => one.Cost.NetTotal), sums.Sum(sum => sum.NetTotal));
        Assert.Equal(2 * Events, Count(log, Topics.UsageImports));

        var dead = Read(log, Topics.DeadLetter(Foreign.OtoroshiTopic));
        Assert.Equal(2, dead.Count);
        Assert.All(dead, one => Assert.Equal((0, 0), (one.Key.Length, one.Value.Length)));
        string[] topics = [Topics.UsageImports, Topics.UsageRaw, Topics.Usage, Topics.Aggregates, Topics.DeadLetter(Foreign.OtoroshiTopic), Topics.DeadLetter(Foreign.OtelTopic)];
        foreach (var record in topics.SelectMany(topic => Read(log, topic)))
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

    private static int Count(ILog log, string topic) => Read(log, topic).Count;

    /// <summary>Ends hold the markers of transactions, which are no records: this many reads without any are the end.</summary>
    private static List<LogRecord> Read(ILog log, string topic)
    {
        var partitions = Enumerable.Range(0, Partitions).Select(partition => new TopicPartition(topic, partition)).ToArray();
        var ends = partitions.ToDictionary(one => one, one => log.ReadBounds(one)!.Value.End);
        var next = partitions.ToDictionary(one => one, one => log.ReadBounds(one)!.Value.Start);
        var records = new List<LogRecord>();
        using var cursor = log.OpenCursor(next.ToDictionary());
        for (var quiet = 0; quiet < QuietReads && ends.Any(end => next[end.Key] < end.Value);)
        {
            var batch = cursor.Read(1000, 1024 * 1024, TimeSpan.FromMilliseconds(200), default);
            records.AddRange(batch.Records);
            foreach (var (partition, offset) in batch.Next) next[partition] = offset;
            quiet = batch.IsEmpty ? quiet + 1 : 0;
        }

        return records;
    }

    private static T Decode<T>(LogRecord record)
        where T : IAvroRecord<T>
    {
        Assert.True(ConfluentFrame.TryRead(record.Value.Span, out _, out var body));
        Assert.True(AvroBody.TryRead<T>(body, out var value));
        return value;
    }
}
