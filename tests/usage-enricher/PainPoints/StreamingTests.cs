using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Tests.PainPoints;

/// <summary>Complaints of streams that cost nothing or too much. How a stream's usage is read is the gateway's part; here: what its event costs.</summary>
public sealed class StreamingTests
{
    private static readonly TokenUsage Turn = new() { InputUncached = 4_000, CacheRead = 90_000, CacheWrite5m = 2_000, OutputText = 1_200, InputTotal = 96_000, OutputTotal = 1_200 };

    /// <summary>BerriAI/litellm#37923: every streamed Vertex Anthropic call at $0, about 830 EUR on the invoice.</summary>
    [Fact]
    public void StreamedClaudeOnVertex_CostsWhatItsBufferedTwinCosts()
    {
        var call = Bill.Call("vertex", "claude-sonnet-4-5@20250929", Turn) with { Region = "global" };
        var expected = (4_000 * 3m + 90_000 * 0.3m + 2_000 * 3.75m + 1_200 * 15m) / Bill.Million;
        Bill.IsPricedAt(expected, Bill.Of(call with { Streaming = true }));
        Bill.IsPricedAt(expected, Bill.Of(call with { Streaming = false }));
    }

    /// <summary>BerriAI/litellm#40100: the row's spend was 0 while its breakdown held the cost. A total is the sum of its line items and nothing else.</summary>
    [Fact]
    public void StreamedAzureCall_TotalsTheItemsThatItShows()
    {
        var cost = Bill.Of(Bill.Call("azure", "gpt-4o-2024-11-20", new TokenUsage { InputUncached = 10_000, CacheRead = 4_000, OutputText = 900, InputTotal = 14_000, OutputTotal = 900 }) with { Streaming = true });
        Assert.Equal(CostStatus.Priced, cost.Status);
        Assert.True(cost.ListTotal > 0);
        Assert.Equal(cost.LineItems.Sum(static item => item.Amount), cost.ListTotal);
        Assert.Equal(cost.LineItems.Sum(static item => item.NetAmount), cost.NetTotal);
    }

    /// <summary>BerriAI/litellm#36168, #36083, #39088; langfuse/langfuse#13811: cached details lost on the way made four to ten times the cost.</summary>
    [Fact]
    public void StreamedAgentLoop_KeepsItsCacheRate()
    {
        var cost = Bill.Of(Bill.Call("openai", "gpt-5", new TokenUsage { InputUncached = 2_000, CacheRead = 198_000, OutputText = 500, InputTotal = 200_000, OutputTotal = 500 }) with { Streaming = true });
        Bill.IsPricedAt((2_000 * 1.25m + 198_000 * 0.125m + 500 * 10m) / Bill.Million, cost);
    }

    /// <summary>BerriAI/litellm#6633, #13264, Kong/kong#14535: a stream without usage showed as free. It is unknown money.</summary>
    [Fact]
    public void StreamWithoutUsage_IsUnknownMoneyAndNotZero()
    {
        var cost = Bill.Of(Bill.Call("openai", "gpt-4o", null) with { Streaming = true });
        Assert.Equal((CostStatus.UsageMissing, null, null), (cost.Status, cost.ListTotal, cost.NetTotal));
    }
}
