using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.EndToEnd.Alerting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Kafka;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;
using Pipeline.Schemas.Wire;
using Xunit;

namespace Pipeline.EndToEnd.Repricing;

/// <summary>Repricing on the servers that operators run: killed in the middle and gone on with, seen in documents and budgets.</summary>
public sealed class RepriceTests(RealServers servers, ITestOutputHelper output) : IClassFixture<RealServers>
{
    private const int Events = 24_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Reprice_KilledInTheMiddle_GoesOnAndEveryFigureFollows()
    {
        var runId = RunningPipeline.NewRunId();
        using var budgets = new RunBudgets(runId, usd: 60m, requests: 400);
        await using var pipeline = await RunningPipeline.StartAsync(servers.Addresses, new Dictionary<string, string> { ["Budgets__File"] = budgets.File }, runId);
        // An hour of its own: the topics hold other events too.
        var from = new DateTimeOffset(DateTimeOffset.UtcNow.UtcDateTime.Date, TimeSpan.Zero).AddDays(-2).AddHours(Random.Shared.Next(23));
        WriteRaw(pipeline, from);
        using var documents = new Documents(pipeline.Servers.Elasticsearch, runId);
        await Until.TrueAsync(async () => await documents.CountAsync() == Events, Patience, () => $"{documents.CountAsync().Result} documents\n{pipeline.Output}");
        using var catalogue = new DearCatalogue();
        string[] arguments = ["--from", Text(from), "--to", Text(from.AddHours(1)), "--catalogue", catalogue.Folder, "--json"];

        using var dry = new RepriceCommand(pipeline, ["--dry-run", .. arguments]);
        var (dryCode, dryOutput) = dry.Wait();
        Assert.True(dryCode == 0, dry.Errors);
        Assert.All(pipeline.Topics.Usage(), static one => Assert.Equal(1, one.Revision));
        var wanted = Net(dryOutput);

        var before = pipeline.Topics.Usage().Sum(static one => one.Cost.NetTotal ?? 0);
        using var first = new RepriceCommand(pipeline, arguments);
        WaitForTheFirstTransaction(pipeline, first);
        first.Kill();
        var half = pipeline.Topics.Usage().Count(static one => one.Revision == 2);
        output.WriteLine($"killed with {half} of {Events} repriced");
        Assert.InRange(half, 1, Events - 1);
        CheckSums(pipeline);

        using var second = new RepriceCommand(pipeline, arguments);
        var (code, rest) = second.Wait();
        Assert.True(code == 0, second.Errors);
        output.WriteLine(second.Errors);
        Assert.Contains("went on with an earlier run", second.Errors);

        var usage = pipeline.Topics.Usage();
        Assert.Equal(2 * Events, usage.Select(static one => (one.EventId, one.Revision)).Distinct().Count());
        Assert.Equal(2 * Events, usage.Count);
        CheckSums(pipeline);
        var latest = usage.Where(static one => one.Revision == 2).ToDictionary(static one => one.EventId.ToString(), static one => one.Cost.NetTotal);
        Assert.Equal(wanted, latest.Values.Sum() - before);
        Assert.InRange(Net(rest), 0.000001m, wanted);

        await Until.TrueAsync(async () => (await documents.AllAsync()).Values.Sum(static one => one.Money("llm.cost.net_total_decimal")) == before + wanted, Patience, () => $"documents\n{pipeline.SinkProcess.Output}");
        Assert.All(await documents.AllAsync(), one => Assert.Equal(latest[one.Key], one.Value.Money("llm.cost.net_total_decimal")));
        await Until.TrueAsync(() => Task.FromResult(budgets.Stated(pipeline.Topics.States()).Values.Sum() >= budgets.Spent(pipeline.Topics.Aggregates()).Values.Sum()), Patience, () => pipeline.WatcherProcess.Output);
        // The day is over: its end is told too.
        var fired = pipeline.Topics.Alerts(budgets.IsOurs).Where(static alert => alert.Kind != AlertKind.PeriodReset).ToList();
        budgets.Check(pipeline.Topics.Aggregates(), pipeline.Topics.States(), fired);

        using var again = new RepriceCommand(pipeline, arguments);
        Assert.Equal((0, ""), again.Wait());
    }

    private static void CheckSums(RunningPipeline pipeline)
    {
        var latest = pipeline.Topics.Usage().GroupBy(static one => one.EventId).Select(static revisions => revisions.MaxBy(static one => one.Revision)!).ToList();
        var sums = pipeline.Topics.Aggregates();
        Assert.Equal(latest.Sum(static one => one.Cost.NetTotal ?? 0), sums.Sum(static one => one.NetTotal));
        Assert.Equal(latest.Sum(static one => one.Cost.ListTotal ?? 0), sums.Sum(static one => one.ListTotal));
        Assert.Equal(latest.Count, sums.Sum(static one => one.Calls));
    }

    private static void WaitForTheFirstTransaction(RunningPipeline pipeline, RepriceCommand command)
    {
        using var log = Open(pipeline);
        var runs = new TopicPartition(Topics.RepriceRuns, 0);
        var start = log.ReadBounds(runs)?.End ?? 0;
        using var cursor = log.OpenCursor(new Dictionary<TopicPartition, long> { [runs] = start });
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            Assert.False(command.HasExited, command.Errors);
            patience.Token.ThrowIfCancellationRequested();
            foreach (var record in cursor.Read(100, 1024 * 1024, TimeSpan.FromMilliseconds(20), patience.Token).Records)
                if (ConfluentFrame.TryRead(record.Value.Span, out _, out var body) && AvroBody.TryRead<RepriceRun>(body, out var run) && run.Repriced > 0) return;
        }
    }

    private static void WriteRaw(RunningPipeline pipeline, DateTimeOffset from)
    {
        using var log = Open(pipeline);
        using var registry = new HttpSchemaRegistry(new RegistryOptions { Url = new Uri(pipeline.Servers.Registry) }, new SocketsHttpHandler(), TimeProvider.System);
        var schemas = new SchemaCatalog(registry, [SchemaSet.LLMUsageAudit]);
        Assert.True(schemas.Prepare(CancellationToken.None));
        using var records = new RecordWriter<LLMUsageAudit>(schemas);
        using var writer = log.OpenWriter($"raw-{pipeline.RunId}", out _);
        foreach (var part in Enumerable.Range(0, Events).Chunk(2_000))
        {
            var batch = part.Select(i => Call(pipeline.RunId, i, from)).Select(call => records.Record(Topics.UsageRaw, Encoding.ASCII.GetBytes(call.EventId.ToString()), call));
            Assert.Equal(TransactionOutcome.Committed, writer!.Execute(new LogTransaction([.. batch], null)).Outcome);
        }
    }

    private static LLMUsageAudit Call(string runId, int i, DateTimeOffset from) => new()
    {
        EventId = Guid.CreateVersion7(),
        Edge = new EdgePosition { Id = Guid.Empty, Epoch = "00112233445566778899aabbccddeeff", Sequence = i },
        RequestId = $"req-{i}",
        StartedAt = from.AddMilliseconds(i * 149L),
        DurationUs = 1_000,
        Provider = "openai",
        Upstream = "openai",
        Api = "openai.chat",
        Operation = "chat",
        RequestModel = "gpt-4o",
        ResponseModel = "gpt-4o",
        Streaming = false,
        StatusCode = 200,
        Outcome = Outcome.Ok,
        Usage = new TokenUsage { InputUncached = 1_000 + i, OutputText = 7, InputTotal = 1_000 + i, OutputTotal = 7 },
        UsageSource = UsageSource.Provider,
        UsageQuality = UsageQuality.Consistent,
        Attribution = new Attribution { Tenant = runId, Team = $"team {i % 5}", User = $"user {i % 3}" },
        RequestBytes = 100,
        ResponseBytes = 200,
    };

    private static KafkaLog Open(RunningPipeline pipeline) =>
        new(new KafkaOptions { Bootstrap = pipeline.Servers.Kafka, AllowWeakTopics = true, ReplicationFactor = 1, Partitions = 4 }, NullLogger.Instance, TimeProvider.System);

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static decimal Net(string lines) => lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Sum(static line => decimal.Parse(JsonDocument.Parse(line).RootElement.GetProperty("net_difference").GetString()!, CultureInfo.InvariantCulture));

    /// <summary>The product's own catalogue with one price changed.</summary>
    private sealed class DearCatalogue : IDisposable
    {
        private const string Old = "\"rates\":{\"input_mtok\":2.5,\"cache_read_mtok\":1.25,\"output_mtok\":10,";
        private const string New = "\"rates\":{\"input_mtok\":2.7500001,\"cache_read_mtok\":1.25,\"output_mtok\":10.000003,";

        public DearCatalogue()
        {
            var own = Path.Combine(Repository.Root, "services/usage-enricher/Pricing/Catalogue");
            foreach (var file in Directory.EnumerateFiles(own, "*.jsonl", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(Folder, Path.GetRelativePath(own, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.WriteAllText(copy, File.ReadAllText(file).Replace(Old, New));
            }

            Assert.Contains("2.7500001", File.ReadAllText(Path.Combine(Folder, "models/openai.jsonl")));
        }

        public string Folder { get; } = Directory.CreateTempSubdirectory("pipeline-e2e-").FullName;

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
