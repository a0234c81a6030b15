using System.Net;
using System.Net.Sockets;
using Pipeline.Schemas;
using Xunit;
using static Pipeline.GatewayEdge.Tests.Forwarding.WireSamples;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

/// <summary>Whatever breaks, the attempt has exactly one event and the caller is told the truth.</summary>
public sealed class FailureTests
{
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task RefusedConnection_Is502NamingTheUpstream()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await using var gateway = await TestGateway.StartAsync(new UpstreamOptions { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Api = "openai" });
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(RawCaller.Post(ChatTarget, PlainRequest, "x-request-id: mine"));

        Assert.Equal((502, "mine"), (reply.StatusCode, reply.Header("x-llmops-request-id")));
        Assert.Contains("'up'", reply.Text);
        Assert.DoesNotContain(port.ToString(), reply.Text);
        var audit = Assert.Single(gateway.Events());
        Assert.Equal((Outcome.UpstreamError, null, "connection_refused", "gpt-4o-mini"), (audit.Outcome, audit.StatusCode, audit.ErrorType, audit.RequestModel));
    }

    [Fact]
    public async Task UnknownHost_Is502()
    {
        await using var gateway = await TestGateway.StartAsync(new UpstreamOptions { BaseAddress = new Uri("http://nowhere.invalid"), Api = "openai" });
        using var caller = await RawCaller.ConnectAsync(gateway);

        Assert.Equal(502, (await caller.CallAsync(RawCaller.Post(ChatTarget, PlainRequest))).StatusCode);
        Assert.Equal((Outcome.UpstreamError, null), (gateway.Events().Single().Outcome, gateway.Events()[0].StatusCode));
    }

    [Fact]
    public async Task NoAnswer_Is504()
    {
        var time = new ManualTime();
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            _goOn.SetResult();
            await connection.UntilClosedAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream, time: time);
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.SendAsync(RawCaller.Post(ChatTarget, PlainRequest));
        await _goOn.Task;
        time.Advance(TimeSpan.FromMinutes(11));
        var reply = await caller.ReadReplyAsync();

        Assert.Equal(504, reply.StatusCode);
        Assert.Contains("'up'", reply.Text);
        var audit = Assert.Single(gateway.Events());
        Assert.Equal((Outcome.Timeout, null, "reply_timeout"), (audit.Outcome, audit.StatusCode, audit.ErrorType));
        Assert.Equal((long)TimeSpan.FromMinutes(11).TotalMicroseconds, audit.DurationUs);
    }

    [Fact]
    public async Task SilenceInsideAReply_BreaksItOff()
    {
        var time = new ManualTime();
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(StreamHead + Chunk(Delta));
            await connection.UntilClosedAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream, time: time);
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.SendAsync(RawCaller.Post(ChatTarget, StreamRequestAsking));
        await caller.ReadUntilAsync(Delta);
        time.Advance(TimeSpan.FromMinutes(6));

        Assert.False((await caller.ReadReplyAsync()).IsWhole);
        var audit = await gateway.EventAsync();
        Assert.Equal((Outcome.Timeout, 200, "idle_timeout"), (audit.Outcome, audit.StatusCode, audit.ErrorType));
    }

    [Theory]
    [InlineData("before the reply", 502)]
    [InlineData("inside the head", 502)]
    [InlineData("not http", 502)]
    [InlineData("inside the body", 200)]
    [InlineData("short body", 200)]
    public async Task BrokenUpstream_HasOneEventAndNoWholeReply(string where, int status)
    {
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            if (where == "inside the head") await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-");
            if (where == "not http") await connection.SendAsync("SSH-2.0-x\r\n\r\n");
            if (where == "inside the body") await connection.SendAsync(StreamHead + Chunk(Delta));
            if (where == "short body") await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc");
            if (where is "inside the body" or "short body") await connection.UntilAsync(_goOn.Task);
            if (where != "short body") connection.Reset();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.SendAsync(RawCaller.Post(ChatTarget, StreamRequestAsking));
        if (status == 200) await caller.ReadUntilAsync(where == "short body" ? "abc"[..2] : Delta);
        _goOn.TrySetResult();
        var reply = await caller.ReadReplyAsync();

        Assert.Equal((status, status == 502), (reply.StatusCode, reply.IsWhole));
        var audit = await gateway.EventAsync();
        Assert.Equal((Outcome.UpstreamError, status == 200 ? 200 : null), (audit.Outcome, audit.StatusCode));
        Assert.Equal(where == "not http" ? "invalid_reply" : "connection_reset", audit.ErrorType);
        Assert.Equal(0, gateway.Spool.ReservedBytes);
    }

    [Fact]
    public async Task GatewayStops_CallInFlight_IsInterrupted()
    {
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(StreamHead + Chunk(Delta));
            await connection.UntilClosedAsync();
        });
        await using var gateway = await TestGateway.StartAsync(
            new UpstreamOptions { BaseAddress = upstream.Address, Api = "openai" }, new GatewayOptions { StopTimeout = TimeSpan.FromMilliseconds(50) });
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.SendAsync(RawCaller.Post(ChatTarget, StreamRequestAsking));
        await caller.ReadUntilAsync(Delta);

        await gateway.StopAsync();

        // There when the stop returns: nothing to wait for.
        Assert.Equal((Outcome.Interrupted, "gateway_stopped"), (gateway.Events().Single().Outcome, gateway.Events()[0].ErrorType));
        Assert.False((await caller.ReadReplyAsync()).IsWhole);
    }
}
