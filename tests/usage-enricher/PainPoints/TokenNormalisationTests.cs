using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Tests.PainPoints;

/// <summary>Complaints of "is cached inside input or not?": each token is charged once, at the rate of its kind.</summary>
public sealed class TokenNormalisationTests
{
    /// <summary>BerriAI/litellm#14849: charged in full and again at the cache rate, $0.7642. A prompt over 200,000 tokens pays the upper tier.</summary>
    [Fact]
    public void GeminiCacheHits_OfALargePrompt_AreChargedOnceAtTheCacheRate() =>
        Bill.IsPricedAt(
            (5_005 * 2.5m + 257_955 * 0.25m + 1_744 * 15m) / Bill.Million,
            Bill.Of(Bill.Call("google", "gemini-2.5-pro", new TokenUsage { InputUncached = 5_005, CacheRead = 257_955, OutputText = 1_744, InputTotal = 262_960, OutputTotal = 1_744 })));

    /// <summary>BerriAI/litellm#9812: $0.091311 in place of the console's $0.05439.</summary>
    [Fact]
    public void AnthropicCacheWrites_OfAFirstTurn_AreNotInputAsWell() =>
        Bill.IsPricedAt(
            0.054399m,
            Bill.Of(Bill.Call("anthropic", "claude-3-7-sonnet-20250219", new TokenUsage { InputUncached = 3, CacheWrite = 12_304, CacheRead = 0, OutputText = 550, InputTotal = 12_307, OutputTotal = 550 })));

    /// <summary>maximhq/bifrost#3451, the same class: $1.85984625 logged, $1.06376125 charged.</summary>
    [Fact]
    public void AnthropicCacheWrites_OfAStreamedTurn_AreNotInputAsWell() =>
        Bill.IsPricedAt(
            1.06376125m,
            Bill.Of(Bill.Call("anthropic", "claude-opus-4-7", new TokenUsage { InputUncached = 6, CacheWrite5m = 159_217, OutputText = 2_745, InputTotal = 159_223, OutputTotal = 2_745 }) with { Streaming = true }));

    /// <summary>BerriAI/litellm#6215 (OpenAI), #14874 (xAI): cached tokens stand inside the prompt count and leave it.</summary>
    [Theory]
    [InlineData("openai", "gpt-4o", 0.0151)]
    [InlineData("xai", "grok-3", 0.01332)]
    public void CachedTokens_InsideThePromptCount_LeaveIt(string provider, string model, double total) =>
        Bill.IsPricedAt((decimal)total, Bill.Of(Bill.Call(provider, model, new TokenUsage { InputUncached = 1_640, CacheRead = 7_200, OutputText = 200, InputTotal = 8_840, OutputTotal = 200 })));

    /// <summary>BerriAI/litellm#26807, PR#31282, PR#40016: a price of the operator's own forgot the cache rate.</summary>
    [Fact]
    public void CachedTokens_AtTheOperatorsOwnPrice_PayItsCacheRate()
    {
        var book = Bill.Book("""{"provider":"acme","model":"house-model","prices":[{"rates":{"input_mtok":2,"cache_read_mtok":0.2,"output_mtok":8}}]}""");
        Bill.IsPricedAt((1_000 * 2m + 9_000 * 0.2m + 100 * 8m) / Bill.Million, Bill.Of(Bill.Call("acme", "house-model", new TokenUsage { InputUncached = 1_000, CacheRead = 9_000, OutputText = 100, InputTotal = 10_000, OutputTotal = 100 }), book));
    }

    /// <summary>BerriAI/litellm#42663: of a turn with web searches only the first pass's cache writes were split by time to live, 20 to 60 % too little.</summary>
    [Fact]
    public void SearchTurn_OfSeveralPasses_PaysEveryPassWithItsOwnTimesToLive()
    {
        var first = new TokenUsage { InputUncached = 20, CacheWrite5m = 1_000, CacheWrite1h = 4_000, OutputText = 150, InputTotal = 5_020, OutputTotal = 150 };
        var second = new TokenUsage { InputUncached = 8, CacheRead = 5_000, CacheWrite1h = 30_000, OutputText = 700, InputTotal = 35_008, OutputTotal = 700 };
        var cost = Bill.Of(Bill.Call("anthropic", "claude-opus-4-7", second) with
        {
            Billed = [new BilledUsage { Kind = "message", Usage = first }, new BilledUsage { Kind = "message", Usage = second }],
            ToolCalls = new Dictionary<string, long> { ["web_search"] = 3 },
        });
        Bill.IsPricedAt((28 * 5m + 5_000 * 0.5m + 1_000 * 6.25m + 34_000 * 10m + 850 * 25m) / Bill.Million + 0.03m, cost);
        Assert.Equal(34_000, Assert.Single(cost.LineItems, static item => item.Dimension == "cache_write_1h_tokens").Quantity);
    }

    /// <summary>langfuse/langfuse#12306, #10592: a total and its parts were both counted, about twice the cost.</summary>
    [Fact]
    public void TotalsBesideParts_AreNotCountedTwice() =>
        Bill.IsPricedAt(
            (1_000 * 2.5m + 3_000 * 1.25m + 500 * 10m) / Bill.Million,
            Bill.Of(Bill.Call("openai", "gpt-4o", new TokenUsage { InputUncached = 1_000, CacheRead = 3_000, OutputText = 500, InputTotal = 4_000, OutputTotal = 500, ProviderTotal = 4_500, CachedReported = 3_000 })));

    /// <summary>langfuse/claude-observability-plugin#34: $0.4646875 for one write, $12.31 for the window; the meter said $16.36.</summary>
    [Theory]
    [InlineData(0, 0, 37_175, 0, 0.7435)]
    [InlineData(1_900, 4_800_000, 533_800, 16_300, 16.31)]
    public void HourLongCacheWrites_PayTheHourlyRate(long input, long read, long write, long output, double total) =>
        Bill.IsPricedAt(
            (decimal)total,
            Bill.Of(Bill.Call("anthropic", "claude-fable-5", new TokenUsage { InputUncached = input, CacheRead = read, CacheWrite1h = write, OutputText = output, InputTotal = input + read + write, OutputTotal = output })));

    /// <summary>maximhq/bifrost#904: $1.68 in place of $0.34.</summary>
    [Fact]
    public void OpenAICacheHits_OfAnAgentRun_AreNotPlainInput() =>
        Bill.IsPricedAt(
            0.341642m,
            Bill.Of(Bill.Call("openai", "gpt-5", new TokenUsage { InputUncached = 51_232, CacheRead = 1_188_096, OutputText = 12_909, InputTotal = 1_239_328, OutputTotal = 12_909 })));

    /// <summary>langfuse/langfuse#16321, vercel/ai#6082, QuantumNous/new-api#1014: thoughts were dropped, up to 98 % of the output's cost.</summary>
    [Fact]
    public void GeminiThoughts_AreChargedAsOutputOnce()
    {
        var cost = Bill.Of(Bill.Call("google", "gemini-2.5-flash", new TokenUsage { InputUncached = 12, OutputText = 20, Reasoning = 980, InputTotal = 12, OutputTotal = 1_000, ProviderTotal = 1_012 }));
        Bill.IsPricedAt((12 * 0.3m + 1_000 * 2.5m) / Bill.Million, cost);
    }

    /// <summary>Arize-ai/openinference#1331: a token count in a dollar field. A provider's own cost stays beside ours and is never summed with it.</summary>
    [Fact]
    public void CostStatedByTheProvider_IsNeverOurs() =>
        Bill.IsPricedAt(0.0125m, Bill.Of(Bill.Call("openai", "gpt-4o", new TokenUsage { InputUncached = 1_000, OutputText = 1_000, InputTotal = 1_000, OutputTotal = 1_000 }) with { ProviderReportedCost = 1_000 }));

    /// <summary>A known gateway charges reasoning twice and takes -1 for "not known", so that a missing usage costs less than nothing.</summary>
    [Fact]
    public void ReasoningInsideTheOutput_IsChargedOnce_AndNothingIsNegative()
    {
        Bill.IsPricedAt(
            (100 * 1.25m + 900 * 10m) / Bill.Million,
            Bill.Of(Bill.Call("openai", "gpt-5", new TokenUsage { InputUncached = 100, OutputText = 100, Reasoning = 800, InputTotal = 100, OutputTotal = 900 })));
        var unknown = Bill.Of(Bill.Call("openai", "gpt-5", new TokenUsage { InputUncached = -1, OutputText = -1, InputTotal = -1, OutputTotal = -1 }));
        Assert.Equal((CostStatus.UnpricedDimension, null), (unknown.Status, unknown.ListTotal));
    }

    /// <summary>A broken sum of parts is priced, but never as if it were certain.</summary>
    [Fact]
    public void FiguresThatDoNotAddUp_AreNeverPricedSilently() =>
        Assert.Equal(
            CostStatus.Ambiguous,
            Bill.Of(Bill.Call("openai", "gpt-4o", new TokenUsage { InputUncached = 0, CacheRead = 900, OutputText = 5, InputTotal = 900, OutputTotal = 5, CachedReported = 1_200 }) with { UsageQuality = UsageQuality.Inconsistent }).Status);
}
