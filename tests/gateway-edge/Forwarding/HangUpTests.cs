using Pipeline.Schemas;
using Xunit;
using static Pipeline.GatewayEdge.Tests.Forwarding.WireSamples;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

/// <summary>Callers that leave: what the upstream still answers is read for its usage, within bounds.</summary>
public sealed class HangUpTests
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory]
    [InlineData("before the head")]
    [InlineData("inside the body")]
    public async Task HangUp_UpstreamIsDrained_UsageIsWhole(string phase)
    {
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            _reached.SetResult();
            if (phase == "inside the body") await connection.SendAsync(StreamHead + Chunk(Delta));
            await connection.UntilAsync(_goOn.Task);
            await connection.SendAsync((phase == "inside the body" ? "" : StreamHead) + Chunk(Delta) + Chunk(Stop) + Chunk(Usage) + Chunk(Done) + LastChunk);
            await connection.UntilClosedAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.SendAsync(RawCaller.Post(ChatTarget, StreamRequestAsking));
        await _reached.Task;
        if (phase == "inside the body") await caller.ReadUntilAsync(Delta);
        caller.HangUp();
        await gateway.DrainingAsync(1);
        _goOn.SetResult();

        var audit = await gateway.EventAsync();
        Assert.Equal((Outcome.ClientCancelled, 200, 9L, 2L, UsageSource.Provider), (audit.Outcome, audit.StatusCode, audit.Usage!.InputTotal, audit.Usage.OutputTotal, audit.UsageSource));
        await gateway.DrainingAsync(0);
        Assert.Equal(0, gateway.Spool.ReservedBytes);
    }

    [Fact]
    public async Task HangUp_AfterTheLastChunk_ChangesNothing()
    {
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(StreamHead + Chunk(Delta) + Chunk(Stop) + Chunk(Usage) + Chunk(Done));
            await connection.UntilAsync(_goOn.Task);
            await connection.SendAsync(LastChunk);
            await connection.UntilClosedAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.SendAsync(RawCaller.Post(ChatTarget, StreamRequestAsking));
        await caller.ReadUntilAsync("[DONE]");
        caller.HangUp();
        await gateway.DrainingAsync(1);
        _goOn.SetResult();
        await gateway.InFlightAsync(0);

        var audit = await gateway.EventAsync();
        Assert.Equal((Outcome.Ok, 9L, 2L, UsageSource.Provider), (audit.Outcome, audit.Usage!.InputTotal, audit.Usage.OutputTotal, audit.UsageSource));
    }

    [Fact]
    public async Task HangUp_UpstreamThenResets_IsOneEventWithWhatCame()
    {
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(StreamHead + Chunk(Delta) + Chunk(Usage));
            await connection.UntilAsync(_goOn.Task);
            connection.Reset();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.SendAsync(RawCaller.Post(ChatTarget, StreamRequestAsking));
        await caller.ReadUntilAsync("prompt_tokens");
        caller.HangUp();
        await gateway.DrainingAsync(1);
        _goOn.SetResult();

        var audit = await gateway.EventAsync();
        Assert.Equal((Outcome.ClientCancelled, "connection_reset", 9L, UsageSource.Partial), (audit.Outcome, audit.ErrorType, audit.Usage!.InputTotal, audit.UsageSource));
        await gateway.DrainingAsync(0);
    }

    [Fact]
    public async Task HangUp_DrainCapsAreTheUpstreamsOwn()
    {
        var time = new ManualTime();
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(StreamHead + Chunk(Delta));
            await connection.UntilClosedAsync();
        });
        await using var gateway = await TestGateway.StartAsync(
            new UpstreamOptions { BaseAddress = upstream.Address, Api = "openai", DrainTimeout = TimeSpan.FromSeconds(2) }, time: time);
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.SendAsync(RawCaller.Post(ChatTarget, StreamRequestAsking));
        await caller.ReadUntilAsync(Delta);
        caller.HangUp();
        await gateway.DrainingAsync(1);

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(gateway.Events());
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("drain_bound", (await gateway.EventAsync()).ErrorType);
    }

    [Fact]
    public async Task SdkRetries_EachIsItsOwnEventWithItsNumber()
    {
        await using var upstream = ScriptedUpstream.Answering(Plain("{}", 500, "Internal Server Error"));
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);
        foreach (var count in new[] { "0", "1", "2" })
            await caller.CallAsync(RawCaller.Post(ChatTarget, PlainRequest, $"x-stainless-retry-count: {count}", "x-request-id: call-1"));

        var events = await gateway.EventsAsync(3);
        Assert.Equal([(1, "call-1"), (2, "call-1"), (3, "call-1")], events.Select(static audit => (audit.Attempt, audit.RequestId)));
        Assert.Equal(3, events.Select(static audit => audit.EventId).Distinct().Count());
    }

    [Fact]
    public async Task HangUp_DrainTimeout_EndsTheCallWithoutUsage()
    {
        var time = new ManualTime();
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(StreamHead + Chunk(Delta));
            await connection.UntilClosedAsync();
            _reached.SetResult();
        });
        await using var gateway = await TestGateway.StartAsync(upstream, time: time);
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.SendAsync(RawCaller.Post(ChatTarget, StreamRequestAsking));
        await caller.ReadUntilAsync(Delta);
        caller.HangUp();
        await gateway.DrainingAsync(1);

        time.Advance(TimeSpan.FromSeconds(31));

        var audit = await gateway.EventAsync();
        Assert.Equal((Outcome.ClientCancelled, "drain_bound", UsageSource.None), (audit.Outcome, audit.ErrorType, audit.UsageSource));
        await _reached.Task;
    }

    [Fact]
    public async Task HangUp_DrainBytes_EndTheCall()
    {
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(StreamHead + Chunk(Delta));
            await connection.UntilAsync(_goOn.Task);
            try
            {
                while (true) await connection.SendAsync(Chunk(Delta));
            }
            finally
            {
                _reached.SetResult();
            }
        });
        await using var gateway = await TestGateway.StartAsync(new UpstreamOptions { BaseAddress = upstream.Address, Api = "openai", DrainMaxBytes = 10_000 });
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.SendAsync(RawCaller.Post(ChatTarget, StreamRequestAsking));
        await caller.ReadUntilAsync(Delta);
        caller.HangUp();
        await gateway.DrainingAsync(1);
        _goOn.SetResult();

        Assert.Equal((Outcome.ClientCancelled, "drain_bound"), ((await gateway.EventAsync()).Outcome, gateway.Events()[0].ErrorType));
        await _reached.Task.WaitAsync(RawCaller.Patience);
    }

    [Fact]
    public async Task HangUp_NoDrainLeft_EndsTheCallAtOnce()
    {
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(StreamHead + Chunk(Delta));
            await connection.UntilClosedAsync();
        });
        await using var gateway = await TestGateway.StartAsync(
            new UpstreamOptions { BaseAddress = upstream.Address, Api = "openai" }, new GatewayOptions { MaxConcurrentDrains = 0 });
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.SendAsync(RawCaller.Post(ChatTarget, StreamRequestAsking));
        await caller.ReadUntilAsync(Delta);
        caller.HangUp();

        Assert.Equal((Outcome.ClientCancelled, "drain_bound"), ((await gateway.EventAsync()).Outcome, gateway.Events()[0].ErrorType));
    }

    [Fact]
    public async Task HangUp_InsideAGatheredBody_CallsNoUpstream()
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await TestGateway.StartAsync(upstream);
        using (var caller = await RawCaller.ConnectAsync(gateway))
        {
            await caller.SendAsync($"POST {ChatTarget} HTTP/1.1\r\nHost: g\r\nContent-Length: 100\r\n\r\nabc");
            await gateway.InFlightAsync(1);
            caller.HangUp();
        }

        await gateway.InFlightAsync(0);
        Assert.Equal((0, 0, 0L), (upstream.Connections, gateway.Openings().Count, gateway.Spool.ReservedBytes));
    }

    [Fact]
    public async Task HangUp_InsideAStreamedBody_IsOneEvent()
    {
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadHeadAsync();
            _reached.SetResult();
            await connection.UntilClosedAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using (var caller = await RawCaller.ConnectAsync(gateway))
        {
            await caller.SendAsync($"POST /up/v1/files HTTP/1.1\r\nHost: g\r\nContent-Length: 100\r\n\r\nabc");
            await _reached.Task;
            caller.HangUp();
        }

        var audit = await gateway.EventAsync();
        Assert.Equal((Outcome.ClientCancelled, "request_aborted", 3L), (audit.Outcome, audit.ErrorType, audit.RequestBytes));
        await gateway.InFlightAsync(0);
    }
}
