using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching.Aggregating;

namespace Pipeline.UsageEnricher.Tests.PainPoints;

/// <summary>Complaints of cancelled, failed and retried calls: what is known is charged, what is not known is said to be unknown.</summary>
public sealed class FailedCallsTests
{
    /// <summary>BerriAI/litellm#14457, #35958: a client that hangs up loses all usage. What the stream had reported by then is priced and stays marked as partial.</summary>
    [Fact]
    public void CancelledStream_PaysWhatItHadReported()
    {
        var call = Bill.Call("anthropic", "claude-opus-4-7", new TokenUsage { InputUncached = 100, CacheRead = 40_000, InputTotal = 40_100, OutputText = 1, OutputTotal = 1 }) with
        {
            Outcome = Outcome.ClientCancelled, UsageSource = UsageSource.Partial, Streaming = true,
        };
        Bill.IsPricedAt((100 * 5m + 40_000 * 0.5m + 25m) / Bill.Million, Bill.Of(call));
    }

    /// <summary>BerriAI/litellm#13245, aiosbrain/aios-team-brain PR#458: timeouts leave no usage, 45 % of the bill had no owner. The event has one, and says that its money is unknown.</summary>
    [Theory]
    [InlineData(Outcome.ClientCancelled, null)]
    [InlineData(Outcome.Timeout, null)]
    [InlineData(Outcome.UpstreamError, 500)]
    [InlineData(Outcome.Interrupted, null)]
    public void CallWithoutUsage_IsUnknownMoneyWithItsOwner(Outcome outcome, int? status)
    {
        var call = Bill.Call("openai", "gpt-5", null) with { Outcome = outcome, StatusCode = status };
        Assert.Equal((CostStatus.UsageMissing, null), (Bill.Of(call).Status, Bill.Of(call).ListTotal));
        Assert.Equal("search", call.Attribution.Team);
    }

    /// <summary>theopenco/llmgateway PR#3443: a failed stream without usage was billed $23.17 by its length. No usage, no amount.</summary>
    [Fact]
    public void FailedStreamWithoutUsage_IsNotBilledByItsLength() =>
        Assert.Null(Bill.Of(Bill.Call("anthropic", "claude-opus-4-7", null) with { Outcome = Outcome.UpstreamError, StatusCode = 200, Streaming = true, ResponseBytes = 5_000_000 }).ListTotal);

    /// <summary>elixir-vibe/llm_proxy#4, sjnims/cc-plugin-eval#330: retries are charged twice and tracked once. Each attempt is an event with its own cost.</summary>
    [Fact]
    public void RetriedCall_PaysEachAttemptThatWasCharged()
    {
        var usage = new TokenUsage { InputUncached = 1_000, OutputText = 100, InputTotal = 1_000, OutputTotal = 100 };
        var limited = Bill.Of(Bill.Call("openai", "gpt-4o", null) with { Attempt = 1, StatusCode = 429, Outcome = Outcome.RateLimited });
        var charged = Bill.Of(Bill.Call("openai", "gpt-4o", usage) with { Attempt = 2, Outcome = Outcome.Timeout, UsageSource = UsageSource.Partial });
        var answered = Bill.Of(Bill.Call("openai", "gpt-4o", usage) with { Attempt = 3 });
        Assert.Equal((CostStatus.Free, 0m), (limited.Status, limited.ListTotal));
        Assert.Equal(0.007m, limited.ListTotal + charged.ListTotal + answered.ListTotal);
    }

    /// <summary>Estimated and measured figures have one price and stay apart in every sum.</summary>
    [Fact]
    public void EstimatedUsage_IsPricedAndKeptApart()
    {
        var usage = new TokenUsage { InputUncached = 1_000, OutputText = 100, InputTotal = 1_000, OutputTotal = 100 };
        var estimated = Bill.Call("openai", "gpt-4o", usage) with { UsageSource = UsageSource.Estimated };
        Bill.IsPricedAt(0.0035m, Bill.Of(estimated));
        var measured = estimated with { UsageSource = UsageSource.Provider };
        Assert.NotEqual(
            AttributionTuple.Of(estimated, Bill.Of(estimated), null),
            AttributionTuple.Of(measured, Bill.Of(measured), null));
    }
}
