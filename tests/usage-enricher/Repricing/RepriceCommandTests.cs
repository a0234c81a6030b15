using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Embedded;
using Pipeline.Runtime.Log.Kafka;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.TestKit;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Pricing.Books;
using Pipeline.UsageEnricher.Repricing;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Repricing;

/// <summary>The command as a process: on an all-in-one's folder, and beside another run on a real broker.</summary>
public sealed class RepriceCommandTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("reprice-test-").FullName;

    [Fact]
    public void Command_OnADataFolder_PrintsAndRepricesIt()
    {
        Fill(9);

        var (dryCode, dry, _) = Run("--from", "2026-11-20", "--to", "2026-11-21", "--data", _data, "--dry-run");
        var (code, table, errors) = Run("--from", "2026-11-20", "--to", "2026-11-21", "--data", _data);

        Assert.Equal((0, 0), (dryCode, code));
        Assert.Equal(dry, table);
        Assert.Contains("total", table);
        Assert.Contains($"repriced 9 of 9 events by price book {PriceBook.Product.Version}: genai-prices-0.2.3, litellm-1.109.1", errors);
        Assert.Equal((0, ""), (Run("--from", "2026-11-20", "--to", "2026-11-21", "--data", _data, "--json") is var again ? again.Code : 0, again.Output));
    }

    [Fact]
    public void Command_WithOverrides_NamesTheBookAndAllItsCatalogues()
    {
        Fill(1);
        var overrides = Path.Combine(_data, "overrides.jsonl");
        File.WriteAllText(overrides, """{"provider":"openai","model":"gpt-4o","free":true}""");

        var (code, _, errors) = Run("--from", "2026-11-20", "--to", "2026-11-21", "--data", _data, "--dry-run", "--Enricher:Prices:Overrides", overrides);

        Assert.Equal(0, code);
        Assert.Contains("by price book", errors);
        Assert.Contains(": overrides, genai-prices-0.2.3, litellm-1.109.1", errors);
    }

    [Fact]
    public void Command_WithAnUpstreamsFileAsCatalogue_SaysHowToMakeOne()
    {
        Fill(1);
        var file = Path.Combine(_data, "genai-prices-0.2.4.data.json");
        File.WriteAllText(file, "[]");

        var (code, _, errors) = Run("--from", "2026-11-20", "--to", "2026-11-21", "--data", _data, "--catalogue", file);

        Assert.Equal(1, code);
        Assert.Contains("usage-enricher catalogue import --from FILE --out DIR", errors);
    }

    [Fact]
    public void Command_OnAFolderInUse_IsRefused()
    {
        Fill(1);
        using var log = Open();

        var (code, _, errors) = Run("--from", "2026-11-20", "--to", "2026-11-21", "--data", _data);

        Assert.Equal(1, code);
        Assert.Contains("Log:Path", errors);
    }

    [Fact]
    public void Command_WithWrongArguments_NamesThemAll()
    {
        var (code, _, errors) = Run("--from", "yesterday", "--to", "2026-13-01", "--data", _data);

        Assert.Equal(2, code);
        Assert.Contains("Reprice:From", errors);
        Assert.Contains("Reprice:To", errors);
    }

    [Fact]
    public async Task Command_BesideALivingRun_IsRefused()
    {
        var (bootstrap, registryUrl) = (OwnServers.Kafka, OwnServers.Registry);
        using var log = new KafkaLog(new KafkaOptions { Bootstrap = bootstrap, AllowWeakTopics = true, ReplicationFactor = 1, Partitions = 4 }, NullLogger.Instance, TimeProvider.System);
        Assert.Empty(log.Provision(Topics.All(4))!);
        using var registry = new HttpSchemaRegistry(new RegistryOptions { Url = new Uri(registryUrl) }, new SocketsHttpHandler(), TimeProvider.System);
        var schemas = new SchemaCatalog(registry, RepriceProgram.Schemas);
        Assert.True(schemas.Prepare(CancellationToken.None));
        var period = new RepricePeriod(Calls.At.AddYears(-9), Calls.At.AddYears(-8));
        using var holder = new RunHolder(log, schemas, RepriceProgram.RunOf(period, PriceBook.Product, DateTimeOffset.UtcNow), RunHolder.DefaultWatch, TimeProvider.System);
        while (!holder.IsHeld)
        {
            Assert.Null(holder.Refusal);
            await Task.Delay(holder.Continue(CancellationToken.None), TestContext.Current.CancellationToken);
        }

        var second = Task.Run(() => Run("--from", "2001-01-01", "--to", "2001-01-02", "--bootstrap", bootstrap, "--registry", registryUrl, "--allow-weak-topics", "--Kafka:ReplicationFactor", "1", "--Kafka:Partitions", "4"));
        while (!second.IsCompleted)
        {
            holder.Beat();
            await Task.Delay(300, TestContext.Current.CancellationToken);
        }

        var (code, output, errors) = await second;
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("refused: a run over 2017-11-20", errors);
        // The first has not noticed anything.
        Assert.Equal(TransactionOutcome.Committed, holder.Write([], new Dictionary<TopicPartition, long>(), 0, RepricePhase.Finished).Outcome);
        Assert.Equal(0, Run("--from", "2001-01-01", "--to", "2001-01-02", "--bootstrap", bootstrap, "--registry", registryUrl, "--allow-weak-topics", "--Kafka:ReplicationFactor", "1", "--Kafka:Partitions", "4").Code);
    }

    public void Dispose() => Directory.Delete(_data, recursive: true);

    /// <summary>Events that an enricher with the wrong prices made.</summary>
    private void Fill(int events)
    {
        using var log = Open();
        Assert.Empty(log.Provision(Topics.All())!);
        var schemas = new SchemaCatalog(new FileSchemaRegistry(Path.Combine(_data, "log", "schemas.json")), SchemaSet.All);
        Assert.True(schemas.Prepare(CancellationToken.None));
        using (var records = new RecordWriter<LLMUsageAudit>(schemas))
        using (var writer = log.OpenWriter("edge", out _)!)
        {
            var calls = Enumerable.Range(0, events).Select(i => Calls.Plain(Calls.Tokens(1000 + i, 10)) with { EventId = Guid.CreateVersion7(), StartedAt = Calls.At.AddSeconds(i), Provider = "openai", RequestModel = "gpt-4o", ResponseModel = "gpt-4o" });
            writer.Execute(new LogTransaction([.. calls.Select(call => records.Record(Topics.UsageRaw, Encoding.ASCII.GetBytes(call.EventId.ToString()), call))], null));
        }

        using var step = new EnrichTransform(TestCatalogue.Instance, schemas, [], new EnricherMetrics(NullLogger.Instance));
        using var loop = new TransformLoop(log, step, new TransformOptions("usage-enricher", Groups.Enricher, [Topics.UsageRaw], "enricher"), schemas.Resolve, TimeProvider.System, NullLogger.Instance);
        for (var i = 0; i < 5; i++) loop.Turn(default);
    }

    /// <summary>Its clock is near the events', so that their times are believed.</summary>
    private EmbeddedLog Open()
    {
        var opening = EmbeddedLog.Open(Path.Combine(_data, "log"), new EmbeddedLogOptions(), new TestClock { Now = Calls.At.AddMinutes(1) }, NullLogger.Instance);
        Assert.Null(opening.Failure);
        return opening.Log!;
    }

    private static (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Repository.Program("usage-enricher"), ["reprice", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
