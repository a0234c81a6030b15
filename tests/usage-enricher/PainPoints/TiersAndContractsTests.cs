using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Tests.PainPoints;

/// <summary>Complaints of tiers, batches, tools and contract prices: what was served decides, what the operator pays stands beside the list.</summary>
public sealed class TiersAndContractsTests
{
    private static readonly TokenUsage Turn = new() { InputUncached = 60_000, CacheRead = 40_000, OutputText = 10_000, InputTotal = 100_000, OutputTotal = 10_000 };

    /// <summary>BerriAI/litellm#13810, langfuse/langfuse#13780, Portkey-AI/gateway#1511: flex at twice its price.</summary>
    [Fact]
    public void FlexReply_PaysTheFlexPrice()
    {
        var call = Bill.Call("openai", "gpt-5-nano", Turn);
        Bill.IsPricedAt((60_000 * 0.025m + 40_000 * 0.0025m + 10_000 * 0.2m) / Bill.Million, Bill.Of(call with { ServiceTier = "flex" }));
        Bill.IsPricedAt((60_000 * 0.05m + 40_000 * 0.005m + 10_000 * 0.4m) / Bill.Million, Bill.Of(call with { ServiceTier = "default" }));
    }

    /// <summary>BerriAI/litellm#10091, #37046: priority at the default price, 2.55e-06 in place of 4.25e-06.</summary>
    [Theory]
    [InlineData("gpt-4o-mini-2024-07-18", 9, 2, 0.00000425)]
    [InlineData("gpt-4o-2024-08-06", 9, 1, 0.00005525)]
    public void PriorityReply_PaysThePriorityPrice(string model, long input, long output, double total) =>
        Bill.IsPricedAt(
            (decimal)total,
            Bill.Of(Bill.Call("openai", model, new TokenUsage { InputUncached = input, OutputText = output, InputTotal = input, OutputTotal = output }) with { ServiceTier = "priority" }));

    /// <summary>PostHog PR#94200, BerriAI/litellm#31837: priority asked for and default served. The event's tier is the reply's; a tier without a price says so.</summary>
    [Fact]
    public void TierServed_DecidesAndNotTheOneAskedFor()
    {
        Bill.IsPricedAt(0.24m, Bill.Of(Bill.Call("openai", "gpt-4o", Turn with { CacheRead = 0, InputUncached = 56_000, InputTotal = 56_000 }) with { ServiceTier = "default" }));
        Assert.Equal(CostStatus.Ambiguous, Bill.Of(Bill.Call("openai", "gpt-4o", Turn) with { ServiceTier = "turbo" }).Status);
    }

    /// <summary>BerriAI/litellm PR#37219, PR#39861: batches at $0, or without the rates past 272,000 tokens and for cached ones.</summary>
    [Theory]
    [InlineData(272_000, 2, 0.2, 10)]
    [InlineData(272_001, 4, 0.4, 15)]
    public void BatchReply_PaysTheBatchPriceOfItsSizeAndCache(long total, double input, double cached, double output)
    {
        var usage = new TokenUsage { InputUncached = total - 100_000, CacheRead = 100_000, OutputText = 1_000, InputTotal = total, OutputTotal = 1_000 };
        var cost = Bill.Of(Bill.Call("openai", "gpt-5.6-sol", usage) with { ServiceTier = "batch" });
        Assert.Equal(CostStatus.Priced, cost.Status);
        Assert.Equal(((decimal)input, (decimal)cached, (decimal)output), (Rate(cost, "input_tokens"), Rate(cost, "cache_read_tokens"), Rate(cost, "output_tokens")));
    }

    /// <summary>BerriAI/litellm#15227, langfuse/langfuse#15856, agentjido/req_llm#265, openai_cost_calculator#5: fees of web searches were missing.</summary>
    [Theory]
    [InlineData("anthropic", "claude-opus-4-7")]
    [InlineData("openai", "gpt-5")]
    public void WebSearches_AreChargedBesideTheTokens(string provider, string model)
    {
        var without = Bill.Of(Bill.Call(provider, model, Turn));
        var with = Bill.Of(Bill.Call(provider, model, Turn) with { ToolCalls = new Dictionary<string, long> { ["web_search"] = 4 } });
        Bill.IsPricedAt(without.ListTotal!.Value + 0.04m, with);
        Assert.Equal((4m, 10m), (with.LineItems.Single(static item => item.Dimension == "web_searches").Quantity, Rate(with, "web_searches")));
    }

    /// <summary>The same for Google, which charges a grounded prompt of its older models once, and of its newer ones each search.</summary>
    [Theory]
    [InlineData("gemini-2.5-flash", 1, 35)]
    [InlineData("gemini-3.5-flash", 4, 14)]
    public void GoogleSearches_AreChargedAsTheModelsGenerationIs(string model, int charged, int rate)
    {
        var cost = Bill.Of(Bill.Call("google", model, Turn) with { ToolCalls = new Dictionary<string, long> { ["google_search"] = 4 } });
        Assert.Equal(CostStatus.Priced, cost.Status);
        Assert.Equal((charged, rate), (cost.LineItems.Single(static item => item.Dimension == "web_searches").Quantity, Rate(cost, "web_searches")));
    }

    /// <summary>langfuse/langfuse#14265: a discount for the instance or for a provider; BerriAI/litellm#35072, #31829: list and net at once.</summary>
    [Fact]
    public void Discount_MakesTheNetAndLeavesTheList()
    {
        var book = Bill.Book(contracts: """
            {"name":"search-team","when":{"provider":"openai","team":["search"]},"from":"2026-11-01","until":"2026-12-01","discount_percent":20}
            {"name":"openai-all","when":{"provider":"openai"},"discount_percent":10}
            """);
        var cost = Bill.Of(Bill.Call("openai", "gpt-5-nano", Turn), book);
        Bill.IsPricedAt(0.0072m, cost);
        Assert.Equal(("search-team", 0.00576m), (cost.Contract, cost.NetTotal));
        Assert.Equal(cost.NetTotal, cost.LineItems.Sum(static item => item.NetAmount));
        var later = Bill.Call("openai", "gpt-5-nano", Turn) with { StartedAt = new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero) };
        Assert.Equal(("openai-all", 0.00648m), (Bill.Of(later, book).Contract, Bill.Of(later, book).NetTotal));
        var elsewhere = Bill.Of(Bill.Call("anthropic", "claude-opus-4-7", Turn), book);
        Assert.Equal((null, elsewhere.ListTotal), (elsewhere.Contract, elsewhere.NetTotal));
    }

    /// <summary>AgentOps-AI/tokencost#108: "bring your own price", as a rate of a contract or as a list price.</summary>
    [Fact]
    public void OwnPrice_OfAContractIsNet_OfAnOverrideIsList()
    {
        var contract = Bill.Of(Bill.Call("openai", "gpt-5-nano", Turn), Bill.Book(contracts: """{"name":"own","when":{"model":"gpt-5*"},"rates":{"input_mtok":0.04},"discount_percent":50}"""));
        Assert.Equal((60_000 * 0.04m + 40_000 * 0.0025m + 10_000 * 0.2m) / Bill.Million, contract.NetTotal);
        var list = Bill.Of(Bill.Call("openai", "gpt-5-nano", Turn), Bill.Book("""{"provider":"openai","model":"gpt-5-nano","prices":[{"rates":{"input_mtok":1,"output_mtok":1}}]}"""));
        Assert.Equal((0.11m, 0.11m, "overrides"), (list.ListTotal, list.NetTotal, list.CatalogueId));
    }

    private static decimal Rate(Cost cost, string dimension) => cost.LineItems.Single(item => item.Dimension == dimension).Rate;
}
