using Pipeline.GatewayEdge.Tests.Forwarding;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.PainPoints;

/// <summary>Complaints of calls that were cancelled, failed or made again: each attempt is an event, with what the provider told and no guess for what it did not.</summary>
public sealed class LostCallsTests
{
    private const string MessagesRequest = """{"model":"claude-sonnet-4-5","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"x"}]}""";

    private const string MessageStart =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"claude-sonnet-4-5-20250929\",\"usage\":{\"input_tokens\":100,\"cache_read_input_tokens\":40000,\"output_tokens\":1}}}\n\n";

    private const string MessageEnd =
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":700}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>BerriAI/litellm#14457 and again #35958; PRs #30630, #33736, #36008, #37558, #39589, #39893: a caller that leaves took all usage with it. The reply is read on, and its usage is the provider's.</summary>
    [Fact]
    public async Task CallerThatLeavesAStream_LosesNothing()
    {
        var call = await LeftAsync("anthropic", "v1/messages", MessagesRequest, WireSamples.StreamHead + WireSamples.Chunk(MessageStart), "message_start", WireSamples.Chunk(MessageEnd) + WireSamples.LastChunk);
        Assert.Equal((Outcome.ClientCancelled, UsageSource.Provider, 100L, 40_000L, 700L), (call.Outcome, call.UsageSource, call.Usage!.InputUncached, call.Usage.CacheRead, call.Usage.OutputTotal));
    }

    /// <summary>BerriAI/litellm#13245: the same for plain replies of Bedrock, where nothing at all had come when the caller left.</summary>
    [Fact]
    public async Task CallerThatLeavesAPlainBedrockCall_LosesNothing()
    {
        var call = await LeftAsync(
            "bedrock", "model/anthropic.claude-3-5-sonnet-20241022-v2:0/converse", """{"messages":[{"role":"user","content":[{"text":"x"}]}]}""", "", null,
            WireSamples.Plain("""{"output":{"message":{"role":"assistant","content":[{"text":"y"}]}},"stopReason":"end_turn","usage":{"inputTokens":30,"outputTokens":628,"totalTokens":658}}"""));
        Assert.Equal((Outcome.ClientCancelled, UsageSource.Provider, 30L, 628L), (call.Outcome, call.UsageSource, call.Usage!.InputTotal, call.Usage.OutputTotal));
    }

    /// <summary>The same with an upstream that breaks off after its caller has left: what it had told by then is booked, and marked as a part.</summary>
    [Fact]
    public async Task StreamThatBreaksOffAfterItsCaller_BooksWhatWasTold()
    {
        var call = await LeftAsync("anthropic", "v1/messages", MessagesRequest, WireSamples.StreamHead + WireSamples.Chunk(MessageStart), "message_start", null);
        Assert.Equal((Outcome.ClientCancelled, UsageSource.Partial, 100L, 40_000L), (call.Outcome, call.UsageSource, call.Usage!.InputUncached, call.Usage.CacheRead));
    }

    /// <summary>theopenco/llmgateway PR#3443: a failed stream that told no usage was billed $23.17 by its length, aiosbrain/aios-team-brain PR#458: failed calls had no usage and no owner.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FailedStreamWithoutUsage_HasAnOwnerAndNoFigure(bool estimates)
    {
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(WireSamples.StreamHead + WireSamples.Chunk(WireSamples.Delta) + WireSamples.Chunk("data: {\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\",\"code\":503}}\n\n") + WireSamples.LastChunk);
        });
        await using var gateway = await TestGateway.StartAsync(new UpstreamOptions { BaseAddress = upstream.Address, Api = "openai", EstimateUsage = estimates });
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.CallAsync(RawCaller.Post(WireSamples.ChatTarget, WireSamples.StreamRequest, "x-llm-team: search"));

        var call = await gateway.EventAsync();
        Assert.Equal((Outcome.UpstreamError, null, UsageSource.None, "search"), (call.Outcome, call.Usage, call.UsageSource, call.Attribution.Team));
    }

    /// <summary>aiosbrain/aios-team-brain PR#458: 45 % of a bill could not be attributed, because calls that ran into a timeout left nothing.</summary>
    [Fact]
    public async Task CallThatRunsIntoATimeout_HasAnOwner()
    {
        var time = new ManualTime();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            asked.SetResult();
            await connection.UntilClosedAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream, time: time);
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.SendAsync(RawCaller.Post(WireSamples.ChatTarget, WireSamples.PlainRequest, "x-llm-team: search"));
        await asked.Task;
        time.Advance(new UpstreamOptions { BaseAddress = upstream.Address, Api = "openai" }.ReplyTimeout + TimeSpan.FromSeconds(1));

        var call = await gateway.EventAsync();
        Assert.Equal((Outcome.Timeout, "search", "gpt-4o-mini", null), (call.Outcome, call.Attribution.Team, call.RequestModel, call.Usage));
    }

    /// <summary>elixir-vibe/llm_proxy#4, sjnims/cc-plugin-eval#330: calls made again were billed twice and tracked once.</summary>
    [Fact]
    public async Task CallMadeAgain_IsAnEventForEachAttempt()
    {
        var answers = new Queue<string>([WireSamples.Plain("""{"error":{"type":"rate_limit_error"}}""", 429, "Too Many Requests"), WireSamples.PlainReply, WireSamples.PlainReply]);
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            while (await connection.ReadRequestAsync() is not null) await connection.SendAsync(answers.Dequeue());
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);
        for (var retries = 0; retries < 3; retries++)
            await caller.CallAsync(RawCaller.Post(WireSamples.ChatTarget, WireSamples.PlainRequest, $"x-stainless-retry-count: {retries}", "x-request-id: call-1"));

        Assert.Equal(
            [("call-1", 1, Outcome.RateLimited, null), ("call-1", 2, Outcome.Ok, 11L), ("call-1", 3, Outcome.Ok, 11L)],
            (await gateway.EventsAsync(3)).Select(static call => (call.RequestId, call.Attempt, call.Outcome, call.Usage?.ProviderTotal)));
    }

    /// <summary>A call whose caller leaves once it has read <paramref name="seen"/>; the upstream then goes on, or breaks off.</summary>
    private async Task<LLMUsageAudit> LeftAsync(string api, string target, string request, string first, string? seen, string? rest)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            asked.SetResult();
            if (first.Length > 0) await connection.SendAsync(first);
            await connection.UntilAsync(_goOn.Task);
            if (rest is null) connection.Reset();
            else await connection.SendAsync(rest);
        });
        await using var gateway = await TestGateway.StartAsync(upstream, api: api);
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.SendAsync(RawCaller.Post("/up/" + target, request));
        await asked.Task;
        if (seen is not null) await caller.ReadUntilAsync(seen);
        caller.HangUp();
        await gateway.DrainingAsync(1);
        _goOn.SetResult();
        return await gateway.EventAsync();
    }
}
