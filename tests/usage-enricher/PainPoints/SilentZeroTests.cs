using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Pricing.Books;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.PainPoints;

/// <summary>Complaints of $0 that nobody noticed: a price miss, an alias, a reload.</summary>
public sealed class SilentZeroTests : IDisposable
{
    private static readonly TokenUsage Turn = new() { InputUncached = 100_000, OutputText = 2_500, InputTotal = 100_000, OutputTotal = 2_500 };

    private readonly string _folder = Directory.CreateTempSubdirectory("silent-zero-").FullName;

    private string Overrides => Path.Combine(_folder, "overrides.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>BerriAI/litellm PR#35914: $1.16 recorded in place of about $185, because "a cost-map miss is silent". Here it has a name and no amount.</summary>
    [Fact]
    public void ModelThatNoCatalogueHas_NamesTheKeyToAddAndCostsNothingKnown()
    {
        var cost = Bill.Of(Bill.Call("snowflake", "claude-opus-4-7", Turn));
        Assert.Equal((CostStatus.UnpricedModel, "snowflake/claude-opus-4-7", null), (cost.Status, cost.PriceKey, cost.ListTotal));
        var book = Bill.Book("""{"provider":"snowflake","model":"claude-opus-4-7","same_as":"anthropic/claude-opus-4-7"}""");
        Bill.IsPricedAt((100_000 * 5m + 2_500 * 25m) / Bill.Million, Bill.Of(Bill.Call("snowflake", "claude-opus-4-7", Turn), book));
    }

    /// <summary>BerriAI/litellm#30081: about 0.4 % of the streams that span a price reload became $0. A batch is priced by one book, whole.</summary>
    [Fact]
    public void Reload_BetweenTwoBatches_LeavesNoEventWithoutAPriceAndNoneWithTwo()
    {
        var schemas = Calls.Schemas();
        var books = new Queue<PriceBook>([Bill.Book(Own(2)), Bill.Book(Own(2)), Bill.Book(Own(4))]);
        using var transform = new EnrichTransform(books.Dequeue, schemas, [], new EnricherMetrics(NullLogger.Instance));
        var versions = new List<string>();
        for (var batch = 0; batch < 2; batch++)
        {
            var effects = new StepEffects();
            transform.Step(Calls.Batch([.. Enumerable.Range(0, 50).Select(i => Calls.Record(schemas, Bill.Call("acme", "house-model", Turn), i))]), effects);
            var costs = effects.Records.Where(static record => record.Topic == Topics.Usage).Select(record => Read(schemas, record.Value)).ToArray();
            Assert.All(costs, static cost => Assert.Equal(CostStatus.Priced, cost.Status));
            Assert.Equal(batch == 0 ? 0.2m : 0.4m, Assert.Single(costs.Select(static cost => cost.ListTotal).Distinct()));
            versions.Add(Assert.Single(costs.Select(static cost => cost.PriceBook!).Distinct()));
        }

        Assert.NotEqual(versions[0], versions[1]);

        static string Own(int rate) => $$"""{"provider":"acme","model":"house-model","prices":[{"rates":{"output_mtok":0, "input_mtok":{{rate}} } }] }""";
    }

    /// <summary>BerriAI/litellm#40649: an unrelated edit and a reload made prices vanish. A file with an error changes nothing.</summary>
    [Fact]
    public void Reload_OfAFileWithAnError_KeepsTheBookThatHolds()
    {
        File.WriteAllText(Overrides, """{"provider":"acme","model":"house-model","prices":[{"rates":{"input_mtok":2}}]}""");
        using var source = new PriceBookSource(new PriceFiles(Overrides: Overrides), NullLogger.Instance);
        var before = source.Current;
        File.WriteAllText(Overrides, """{"provider":"acme","model":"house-model","prices":[{"rates":{"input_mtok":2}}],"pricse":[]}""");
        Look(source);
        Assert.Same(before, source.Current);
        File.Delete(Overrides);
        Look(source);
        Assert.Same(before, source.Current);
    }

    /// <summary>onyx-dot-app/onyx PR#14478: $0 until a restart for models that are new.</summary>
    [Fact]
    public void PriceOfANewModel_HoldsWithoutARestart()
    {
        File.WriteAllText(Overrides, "");
        using var source = new PriceBookSource(new PriceFiles(Overrides: Overrides), NullLogger.Instance);
        Assert.Equal(CostStatus.UnpricedModel, Bill.Of(Bill.Call("acme", "brand-new", Turn), source.Current).Status);
        File.WriteAllText(Overrides, """{"provider":"acme","model":"brand-new","prices":[{"rates":{"input_mtok":1,"output_mtok":4}}]}""");
        Look(source);
        Bill.IsPricedAt(0.11m, Bill.Of(Bill.Call("acme", "brand-new", Turn), source.Current));
    }

    /// <summary>BerriAI/litellm#10598, #6432, obot-platform/obot#7511, #7557, langfuse#4072, langwatch#2914: names of Bedrock, Azure, Vertex and relays that met no entry.</summary>
    [Theory]
    [InlineData("bedrock", "anthropic.claude-3-sonnet-20240229-v1:0")]
    [InlineData("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0")]
    [InlineData("bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0")]
    [InlineData("azure", "gpt-4o-2024-11-20")]
    [InlineData("azure", "gpt-5-2025-08-07")]
    [InlineData("vertex", "publishers/anthropic/models/claude-sonnet-4-5@20250929")]
    [InlineData("google", "models/gemini-2.5-pro")]
    [InlineData("openrouter", "anthropic/claude-sonnet-4.5")]
    [InlineData("groq", "llama-3.3-70b-versatile")]
    public void ModelByAnyOfItsNames_HasItsPrice(string provider, string model)
    {
        var cost = Bill.Of(Bill.Call(provider, model, Turn) with { Region = provider == "vertex" ? "global" : null });
        Assert.Equal(CostStatus.Priced, cost.Status);
        Assert.True(cost.ListTotal > 0);
    }

    /// <summary>obot-platform/obot#7557: an Azure deployment has a name of its own. The reply names the model; where it does not, an override does.</summary>
    [Fact]
    public void AzureDeployment_IsPricedByTheModelThatRepliesOrByItsAlias()
    {
        var call = Bill.Call("azure", "team-chat-prod", Turn);
        Assert.Equal(0.275m, Bill.Of(call with { ResponseModel = "gpt-4o-2024-11-20" }).ListTotal);
        Assert.Equal("azure/team-chat-prod", Bill.Of(call).PriceKey);
        var book = Bill.Book("""{"provider":"azure","model":"team-chat-prod","same_as":"openai/gpt-4o"}""");
        Bill.IsPricedAt(0.275m, Bill.Of(call, book));
    }

    /// <summary>langfuse/langfuse#2382: a local model was billed as its namesake. A free model is one that somebody says is free.</summary>
    [Fact]
    public void LocalModel_IsFreeBecauseItIsSaidToBe()
    {
        var local = Bill.Of(Bill.Call("ollama", "llama3", Turn));
        Assert.Equal((CostStatus.Free, 0m, "litellm-1.109.1"), (local.Status, local.ListTotal, local.CatalogueId));
        Assert.Equal(CostStatus.UnpricedModel, Bill.Of(Bill.Call("ollama", "gpt-4o", Turn)).Status);
        var book = Bill.Book("""{"provider":"ollama","match":{"contains":""},"free":true}""");
        Assert.Equal((CostStatus.Free, 0m), (Bill.Of(Bill.Call("ollama", "gpt-4o", Turn), book).Status, Bill.Of(Bill.Call("ollama", "gpt-4o", Turn), book).ListTotal));
    }

    /// <summary>PostHog/posthog#32189: a relative's price was taken. Each of these names has its own entry.</summary>
    [Theory]
    [InlineData("gpt-4o", 0.275)]
    [InlineData("gpt-4o-mini", 0.0165)]
    [InlineData("gpt-4o-mini-2024-07-18", 0.0165)]
    [InlineData("gpt-5-nano", 0.006)]
    public void ModelAndItsRelative_HaveTheirOwnPrices(string model, double total) => Bill.IsPricedAt((decimal)total, Bill.Of(Bill.Call("openai", model, Turn)));

    /// <summary>managoat/fountain#503: "a metering outage looks like zero usage".</summary>
    [Fact]
    public void MeteringOutage_LooksLikeUnknownMoney() => Assert.Equal(CostStatus.UsageMissing, Bill.Of(Bill.Call("openai", "gpt-4o", new TokenUsage())).Status);

    private static void Look(PriceBookSource source)
    {
        // The first look sees a change, the second that it is over.
        source.Look();
        source.Look();
    }

    private static Cost Read(SchemaCatalog schemas, ReadOnlyMemory<byte> value)
    {
        using var reader = new RecordReader<LlmUsage>(schemas);
        var record = new LogRecord(new TopicPartition(Topics.Usage, 0), 0, Calls.At, default, value, []);
        reader.Read(record, out var usage, out _);
        return usage!.Cost;
    }
}
