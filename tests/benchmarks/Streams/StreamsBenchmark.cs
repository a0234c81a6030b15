using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Kafka;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;
using Pipeline.TestKit;

namespace Pipeline.Benchmarks.Streams;

/// <summary>
/// The enricher or the watcher beside what a JVM team would write with Kafka Streams, on the same broker and the same records.
/// The peers are programs named `streams-peer` and `window-peer`, called with BOOTSTRAP SOURCE TARGET THREADS, that print
/// `N records, …` each second.
/// </summary>
internal static partial class StreamsBenchmark
{
    public const int DefaultRecords = 500_000;
    private const int Partitions = 12;
    private const string PeerTarget = "peer-target";

    private const string Budgets = """
        budgets:
          - { id: all, amount: { usd: 1000000 }, period: month, thresholds: [50, 80, 100] }
          - { id: teams, per: [team], amount: { usd: 50000 }, period: day, thresholds: [80, 100] }
          - { id: users, per: [user], amount: { tokens: 2000000000 }, period: hour, thresholds: [80, 100] }
        """;

    public static int Run(string[] arguments)
    {
        if (arguments is not ["enricher" or "watcher", ..]) return Misuse();
        var isEnricher = arguments[0] == "enricher";
        var records = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : DefaultRecords;
        var peers = arguments.Length > 2 ? arguments[2] : null;

        using var kafka = RealKafka.Start(1, [], out var reason) ?? throw new InvalidOperationException(reason);
        var registry = RealRegistry.Shared(out reason) ?? throw new InvalidOperationException(reason);
        using var log = new KafkaLog(new KafkaOptions { Bootstrap = kafka.Bootstrap, AllowWeakTopics = true, ReplicationFactor = 1 }, NullLogger.Instance, TimeProvider.System);
        var schemas = new SchemaCatalog(
            new HttpSchemaRegistry(new RegistryOptions { Url = new Uri(registry) }, new SocketsHttpHandler(), TimeProvider.System), [SchemaSet.LLMUsageAudit, SchemaSet.UsageAggregate]);
        var peerTopic = new TopicSpec(PeerTarget, Partitions, TimeSpan.FromDays(1), Topics.MaxRecordBytes, []);
        if (log.Provision([.. Topics.All(Partitions), peerTopic]) is not { Count: 0 } || !schemas.Prepare(CancellationToken.None))
            throw new InvalidOperationException("topics or schemas cannot be made");

        var source = isEnricher ? Topics.UsageRaw : Topics.Aggregates;
        var fill = new UsageFill(log, schemas);
        if (isEnricher) fill.Raw(records, Partitions);
        else fill.Aggregates(records);
        Console.WriteLine($"{records} records in {source}, {Partitions} partitions, one broker on this machine");

        if (peers is not null) Console.WriteLine($"{(isEnricher ? "streams-peer" : "window-peer"),-16} {RunPeer(Path.Combine(peers, isEnricher ? "streams-peer" : "window-peer"), kafka.Bootstrap, source, records)}");
        Console.WriteLine($"{(isEnricher ? "usage-enricher" : "budget-watcher"),-16} {RunOurs(isEnricher, kafka.Bootstrap, registry, log, records)}");
        return 0;
    }

    private static Course RunPeer(string program, string bootstrap, string source, int records)
    {
        using var peer = ProcessLoad.Start(program, [bootstrap, source, PeerTarget, "2"], new Dictionary<string, string>());
        return Course.Follow(peer, records, () => PeerLine().Match(peer.LastLine) is { Success: true } line ? long.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture) : 0);
    }

    /// <remarks>The watcher is done when both of its stages are: what counts is the last record's place in a budget, not its reading.</remarks>
    private static Course RunOurs(bool isEnricher, string bootstrap, string registry, KafkaLog log, int records)
    {
        var name = isEnricher ? "usage-enricher" : "budget-watcher";
        var admin = $"127.0.0.1:{FreePorts.One()}";
        var budgets = Path.GetTempFileName();
        File.WriteAllText(budgets, Budgets);
        var environment = new Dictionary<string, string>
        {
            ["Kafka__Bootstrap"] = bootstrap, ["Kafka__AllowWeakTopics"] = "true", ["Kafka__ReplicationFactor"] = "1", ["Registry__Url"] = registry,
            ["Admin__Address"] = admin,
        };
        if (!isEnricher) environment["Budgets__File"] = budgets;
        using var ours = ProcessLoad.Start(Repository.Program(name), [], environment);
        var group = isEnricher ? Groups.Enricher : Groups.Router;
        var course = Course.Follow(ours, records, () => Done(log, group, isEnricher ? Topics.UsageRaw : Topics.Aggregates, records));
        if (!isEnricher)
        {
            while (Remaining(log, Groups.Ledger, Topics.BudgetSpend) > 0) Thread.Sleep(TimeSpan.FromMilliseconds(100));
            course = course with { CpuMicros = ours.Cpu().TotalMicroseconds / records };
        }

        using var client = new HttpClient();
        foreach (var line in client.GetStringAsync($"http://{admin}/metrics").GetAwaiter().GetResult().Split('\n'))
            if (line.StartsWith("pipeline_transaction_seconds_sum", StringComparison.Ordinal) || line.StartsWith("pipeline_transaction_seconds_count", StringComparison.Ordinal))
                Console.WriteLine($"  {line}");
        File.Delete(budgets);
        return course;
    }

    /// <summary>The end counts the fill's transaction markers too, which are few beside the records.</summary>
    private static long Done(KafkaLog log, string group, string topic, int records) => Math.Max(0, records - Remaining(log, group, topic));

    private static long Remaining(KafkaLog log, string group, string topic)
    {
        long remaining = 0;
        for (var partition = 0; partition < Partitions; partition++)
        {
            var at = new TopicPartition(topic, partition);
            if (log.ReadBounds(at) is not { } bounds || log.ReadPosition(group, at).Next is not { } next) return long.MaxValue / 2;
            // The end of a partition that holds transactions is a marker, which no reader is ever past.
            remaining += Math.Max(0, bounds.End - next - 1);
        }

        return remaining;
    }

    private static int Misuse()
    {
        Console.Error.WriteLine($"usage: Pipeline.Benchmarks streams enricher|watcher [RECORDS, {DefaultRecords} unless given [FOLDER of the peers]]");
        return 2;
    }

    [GeneratedRegex("^([0-9]+) records")]
    private static partial Regex PeerLine();
}
