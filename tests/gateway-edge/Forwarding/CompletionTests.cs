using Pipeline.GatewayEdge.Spooling;
using Pipeline.Schemas;
using Xunit;
using static Pipeline.GatewayEdge.Tests.Forwarding.WireSamples;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

/// <summary>No complete reply before its event is on disk; everything before goes out without delay.</summary>
public sealed class CompletionTests
{
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task TerminalFrame_WaitsForTheAppend_WhatIsBeforeDoesNot()
    {
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(StreamHead + Chunk(Delta));
            await connection.UntilAsync(_goOn.Task);
            await connection.SendAsync(Chunk(Stop) + Chunk(Usage) + Chunk(Done) + LastChunk);
            await connection.UntilClosedAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.SendAsync(RawCaller.Post(ChatTarget, StreamRequestAsking));
        await caller.ReadUntilAsync(Delta);                 // while the upstream still thinks
        gateway.Disk.Close();
        _goOn.SetResult();
        await gateway.Disk.ArrivedAsync();                  // the append has begun and cannot end
        await caller.ReadUntilAsync("total_tokens");
        Assert.DoesNotContain("[DONE]", caller.Seen());
        Assert.Empty(gateway.Events());

        gateway.Disk.Open();
        Assert.EndsWith("\r\n0\r\n\r\n", await caller.ReadUntilAsync("[DONE]\n\n\r\n0\r\n\r\n"));
        Assert.Equal(Outcome.Ok, Assert.Single(gateway.Events()).Outcome);
    }

    /// <summary>Perplexity never sends the mark: its streams are no failed calls once they gave a reason. Where others leave it out, something is missing.</summary>
    [Theory]
    [InlineData("perplexity", Stop, Outcome.Ok, UsageSource.Provider)]
    [InlineData("perplexity", "", Outcome.UpstreamError, UsageSource.Partial)]
    [InlineData("openai", Stop, Outcome.UpstreamError, UsageSource.Partial)]
    public async Task StreamWithoutTheMark_IsWholeWhereItsHostEndsSo(string api, string stop, Outcome outcome, UsageSource source)
    {
        await using var upstream = ScriptedUpstream.Answering(StreamHead + Chunk(Delta) + (stop.Length > 0 ? Chunk(stop) : "") + Chunk(Usage) + LastChunk);
        await using var gateway = await TestGateway.StartAsync(upstream, api: api);
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(RawCaller.Post(ChatTarget, StreamRequestAsking));

        Assert.True(reply.IsWhole);
        var call = await gateway.EventAsync();
        Assert.Equal((outcome, source, 9L), (call.Outcome, call.UsageSource, call.Usage!.InputTotal));
    }

    [Theory]
    [InlineData("length")]
    [InlineData("chunked")]
    public async Task LastByte_WaitsForTheAppend(string framing)
    {
        var wire = framing == "length"
            ? PlainReply
            : "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + Chunk(PlainReplyBody) + LastChunk;
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(wire[..^30]);
            await connection.UntilAsync(_goOn.Task);
            await connection.SendAsync(wire[^30..]);
            await connection.UntilClosedAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.SendAsync(RawCaller.Post(ChatTarget, PlainRequest));
        await caller.ReadUntilAsync("chatcmpl-1");
        gateway.Disk.Close();
        _goOn.SetResult();
        await gateway.Disk.ArrivedAsync();
        Assert.DoesNotContain("\"total_tokens\":11}}", caller.Seen());

        gateway.Disk.Open();
        Assert.Equal(PlainReplyBody, (await caller.ReadReplyAsync()).Text);
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("plain")]
    [InlineData("no body")]
    public async Task AppendFails_Refuse_BreaksTheReplyOffBeforeItsEnd(string kind)
    {
        await using var upstream = ScriptedUpstream.Answering(Wire(kind));
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.CallAsync(RawCaller.Get("/up/first"));
        gateway.Disk.FailAfter(writes: 1);

        await caller.SendAsync(RawCaller.Post(ChatTarget, kind == "stream" ? StreamRequestAsking : PlainRequest));

        // How much of what came before still arrives is the network's business; the end must not.
        var seen = await caller.ReadToEndAsync();
        Assert.DoesNotContain("[DONE]", seen);
        Assert.DoesNotContain("total_tokens\":11}}", kind == "plain" ? seen : "");
        Assert.DoesNotContain("\r\n0\r\n\r\n", seen);
        Assert.False(kind == "no body" && seen.Contains("HTTP/1.1", StringComparison.Ordinal));

        Assert.Single(gateway.Events());
        Assert.Equal((1L, 0L), (gateway.Spool.EndingsFailed, gateway.Spool.ReservedBytes));
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("plain")]
    [InlineData("no body")]
    public async Task AppendFails_Forward_SendsTheWholeReplyAndCounts(string kind)
    {
        await using var upstream = ScriptedUpstream.Answering(Wire(kind));
        await using var gateway = await TestGateway.StartAsync(upstream, whenFull: WhenFull.Forward);
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.CallAsync(RawCaller.Get("/up/first"));
        gateway.Disk.FailAfter(writes: 1);

        var reply = await caller.CallAsync(RawCaller.Post(ChatTarget, kind == "stream" ? StreamRequestAsking : PlainRequest));

        Assert.True(reply.IsWhole);
        Assert.Equal(1, gateway.Spool.EndingsFailed);
    }

    [Fact]
    public async Task OpeningFails_Refuse_CallsNoUpstream()
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await TestGateway.StartAsync(upstream);
        gateway.Disk.FailAfter(writes: 0);
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(RawCaller.Post(ChatTarget, PlainRequest));

        Assert.Equal((503, "5"), (reply.StatusCode, reply.Header("Retry-After")));
        Assert.Contains("spool_full", reply.Text);
        Assert.Equal((0, 0L), (upstream.Connections, gateway.Spool.ReservedBytes));
    }

    private static string Wire(string kind) => kind switch
    {
        "stream" => StreamHead + Chunk(Delta + Stop + Usage + Done) + LastChunk,
        "plain" => PlainReply,
        _ => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    };
}
