using System.Text;
using Pipeline.Schemas;
using Xunit;
using static Pipeline.GatewayEdge.Tests.Forwarding.WireSamples;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

/// <summary>Replies reach their callers as they are, and their events are right.</summary>
public sealed class RelayTests
{
    [Fact]
    public async Task PlainReply_ReachesTheCallerUnchanged_WithOneEvent()
    {
        await using var upstream = ScriptedUpstream.Answering(Plain(PlainReplyBody, 200, "Fine By Me", "x-up: 1\r\nopenai-processing-ms: 12\r\n"));
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(RawCaller.Post(ChatTarget, PlainRequest, "x-request-id: mine", "Authorization: Bearer sk-1"));

        Assert.Equal("HTTP/1.1 200 Fine By Me", reply.Line);
        Assert.Equal(PlainReplyBody, reply.Text);
        Assert.Equal(("1", "12", "application/json", PlainReplyBody.Length.ToString(), "mine"),
            (reply.Header("x-up"), reply.Header("openai-processing-ms"), reply.Header("Content-Type"), reply.Header("Content-Length"), reply.Header("x-llmops-request-id")));
        Assert.Equal("POST /v1/chat/completions HTTP/1.1", upstream.Request.Line);
        Assert.Equal(PlainRequest, Encoding.UTF8.GetString(upstream.Request.Body));

        // The event is there before the reply is whole: nothing to wait for.
        var audit = Assert.Single(gateway.Events());
        Assert.Equal((Outcome.Ok, 200, "openai.chat", "chat", "openai", "up"), (audit.Outcome, audit.StatusCode, audit.Api, audit.Operation, audit.Provider, audit.Upstream));
        Assert.Equal(("gpt-4o-mini", "gpt-4o-mini-2024-07-18", false), (audit.RequestModel, audit.ResponseModel, audit.Streaming));
        Assert.Equal((9L, 2L, UsageSource.Provider), (audit.Usage!.InputTotal, audit.Usage.OutputTotal, audit.UsageSource));
        Assert.Equal(("mine", (long)PlainRequest.Length, (long)PlainReplyBody.Length), (audit.RequestId, audit.RequestBytes, audit.ResponseBytes));
        Assert.Equal(("/up/*/chat/completions", 16), (audit.Attribution.Route, audit.Attribution.ApiKeyId!.Length));
        Assert.Equal(audit.EventId, Assert.Single(gateway.Openings()).EventId);
        Assert.Equal(Outcome.Interrupted, gateway.Openings()[0].Outcome);
    }

    public static TheoryData<string, int> Splits
    {
        get
        {
            var splits = new TheoryData<string, int>();
            foreach (var kind in new[] { "chunked stream", "plain", "chunked plain", "until close" })
                foreach (var size in new[] { 1, 2, 3, 7, 64, 1000, 100_000 })
                    splits.Add(kind, size);
            return splits;
        }
    }

    [Theory]
    [MemberData(nameof(Splits))]
    public async Task Reply_SplitAnyhow_IsTheSameBytesAndTheSameEvent(string kind, int size)
    {
        var stream = Delta + Delta + Stop + Usage + Done;
        var (wire, body) = kind switch
        {
            "chunked stream" => (StreamHead + Chunk(Delta) + Chunk(Delta + Stop) + Chunk(Usage) + Chunk(Done) + LastChunk, stream),
            "plain" => (PlainReply, PlainReplyBody),
            "chunked plain" => ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
                + Chunk(PlainReplyBody[..50]) + Chunk(PlainReplyBody[50..]) + LastChunk, PlainReplyBody),
            _ => ("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + stream, stream),
        };
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            for (var at = 0; at < wire.Length; at += size) await connection.SendAsync(wire[at..Math.Min(at + size, wire.Length)]);
            if (kind != "until close") await connection.UntilClosedAsync();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(RawCaller.Post(ChatTarget, StreamRequestAsking));

        Assert.Equal((body, true, 200), (reply.Text, reply.IsWhole, reply.StatusCode));
        var audit = Assert.Single(gateway.Events());
        Assert.Equal((Outcome.Ok, 9L, 2L, (long)body.Length), (audit.Outcome, audit.Usage!.InputTotal, audit.Usage.OutputTotal, audit.ResponseBytes));
        Assert.Equal(["stop"], audit.FinishReasons);
        Assert.True(audit.TimeToFirstTokenUs <= audit.DurationUs);
    }

    [Fact]
    public async Task LargeReply_IsTheSameBytes()
    {
        var body = new byte[5_000_000];
        new Random(7).NextBytes(body);
        var head = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {body.Length}\r\n\r\n");
        await using var upstream = ScriptedUpstream.Answering([.. head, .. body]);
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(RawCaller.Get("/up/v1/files/f/content"));

        Assert.True(body.AsSpan().SequenceEqual(reply.Body));
        Assert.Equal(("openai.other", Outcome.Ok, body.LongLength), ((await gateway.EventAsync()).Api, gateway.Events()[0].Outcome, gateway.Events()[0].ResponseBytes));
    }

    [Fact]
    public async Task CompressedReply_IsPassedOnAndRead()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(PlainReplyBody));
        var head = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {packed.Length}\r\n\r\n");
        await using var upstream = ScriptedUpstream.Answering([.. head, .. packed.ToArray()]);
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(RawCaller.Post(ChatTarget, PlainRequest, "Accept-Encoding: gzip, zstd"));

        Assert.Equal(packed.ToArray(), reply.Body);
        Assert.Equal(("gzip", "gzip"), (reply.Header("Content-Encoding"), upstream.Request.Header("Accept-Encoding")));
        Assert.Equal(9, (await gateway.EventAsync()).Usage!.InputTotal);
    }

    [Theory]
    [InlineData(429, "RateLimited")]
    [InlineData(404, "UpstreamError")]
    [InlineData(500, "UpstreamError")]
    public async Task ErrorReply_IsPassedOnWithItsOutcome(int status, string outcome)
    {
        const string body = """{"error":{"message":"secret words of the caller","type":"some_error","code":null}}""";
        await using var upstream = ScriptedUpstream.Answering(Plain(body, status, "No", "retry-after: 7\r\n"));
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(RawCaller.Post(ChatTarget, PlainRequest));

        Assert.Equal((status, body, "7"), (reply.StatusCode, reply.Text, reply.Header("Retry-After")));
        var audit = Assert.Single(gateway.Events());
        Assert.Equal((Enum.Parse<Outcome>(outcome), status, "some_error", null), (audit.Outcome, audit.StatusCode, audit.ErrorType, audit.Usage));
        Assert.Equal(7_000_000, audit.RateLimit!.RetryAfterUs);
    }

    [Fact]
    public async Task StreamCutShort_AtACleanEnd_IsAnUpstreamErrorWithPartialUsage()
    {
        await using var upstream = ScriptedUpstream.Answering(StreamHead + Chunk(Delta) + LastChunk);
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(RawCaller.Post(ChatTarget, StreamRequestAsking));

        Assert.Equal((Delta, true), (reply.Text, reply.IsWhole));
        Assert.Equal((Outcome.UpstreamError, UsageSource.None), (gateway.Events().Single().Outcome, gateway.Events()[0].UsageSource));
    }

    [Theory]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nContent-Type: application/json\r\n\r\n", 200, "1234")]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\nx-a: b\r\n\r\n", 204, null)]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n", 304, null)]
    [InlineData("POST", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "0")]
    public async Task ReplyWithoutBody_HasItsEventBeforeItsHead(string method, string wire, int status, string? length)
    {
        await using var upstream = ScriptedUpstream.Answering(wire);
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        for (var i = 1; i <= 2; i++)
        {
            var reply = await caller.CallAsync($"{method} /up/v1/models HTTP/1.1\r\nHost: g\r\n{(method == "POST" ? "Content-Length: 0\r\n" : "")}\r\n", hasBody: false);
            Assert.Equal((status, length, i), (reply.StatusCode, reply.Header("Content-Length"), gateway.Events().Count));
        }

        Assert.Equal(1, upstream.Connections);
    }

    [Fact]
    public async Task Connections_BothSides_AreUsedAgain()
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        for (var i = 0; i < 20; i++)
        {
            var target = i % 3 == 0 ? "/up/v1/models" : ChatTarget;
            var reply = await caller.CallAsync(i % 3 == 0 ? RawCaller.Get(target) : RawCaller.Post(target, PlainRequest, $"x-request-id: r{i}"));
            Assert.Equal(PlainReplyBody, reply.Text);
        }

        Assert.Equal((1, 20), (upstream.Connections, gateway.Events().Count));
        Assert.Equal(20, gateway.Events().Select(static audit => audit.EventId).Distinct().Count());
        Assert.Equal(Enumerable.Range(0, 20).Select(static i => (long)i), gateway.Events().Select(static audit => audit.Edge.Sequence));
        Assert.Equal("r19", gateway.Events()[19].RequestId);
        Assert.Equal(0, gateway.Spool.ReservedBytes);
    }

    [Fact]
    public async Task PipelinedCalls_AreAnsweredInOrder()
    {
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            while (await connection.ReadRequestAsync() is { } request) await connection.SendAsync(Plain(request.Header("x-n")!));
        });
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.SendAsync(string.Concat(Enumerable.Range(0, 5).Select(static i => RawCaller.Post(ChatTarget, PlainRequest, $"x-n: {i}"))));

        for (var i = 0; i < 5; i++) Assert.Equal(i.ToString(), (await caller.ReadReplyAsync()).Text);
    }
}
