using System.Text;
using Pipeline.Schemas;
using Xunit;
using static Pipeline.GatewayEdge.Tests.Forwarding.WireSamples;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

/// <summary>Requests reach the upstream as they are, but for the listed headers; what must not be forwarded is refused.</summary>
public sealed class RequestTests
{
    [Fact]
    public async Task Target_IsForwardedByteForByte()
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await TestGateway.StartAsync(
            new UpstreamOptions { BaseAddress = new Uri(upstream.Address, "/base"), Api = "openai" });
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.CallAsync(RawCaller.Get("/up/a%2Fb//c%20d/%7e?x=%41&y=../z&key=k"));

        Assert.Equal("GET /base/a%2Fb//c%20d/%7e?x=%41&y=../z&key=k HTTP/1.1", upstream.Request.Line);
        Assert.Equal(upstream.Address.Authority, upstream.Request.Header("Host"));
        Assert.DoesNotContain("key", gateway.Events().Single().Attribution.Route!);
    }

    [Fact]
    public async Task Headers_OnlyTheListedOnes_AreChanged()
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await TestGateway.StartAsync(new UpstreamOptions
        {
            BaseAddress = upstream.Address, Api = "openai", Headers = new Dictionary<string, string> { ["x-set"] = "by us" },
        });
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.CallAsync(RawCaller.Post(
            ChatTarget, PlainRequest,
            "Authorization: Bearer sk-1", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "User-Agent: weird (agent; x", "x-set: by caller",
            "x-llm-tenant: acme", "x-llm-tags: a=1, b=2", "x-llm-anything: x", "Connection: x-hop", "x-hop: 1", "Keep-Alive: timeout=5", "TE: trailers",
            "Proxy-Authorization: Basic x", "x-stainless-retry-count: 2", "x-twice: 1", "x-twice: 2", "Accept: */*", "Cookie: a=b; c=d", "x-latin: gr\u00fc\u00df"));

        var sent = upstream.Request;
        foreach (var gone in new[] { "x-llm-tenant", "x-llm-tags", "x-llm-anything", "x-hop", "Keep-Alive", "TE", "Proxy-Authorization", "Connection", "Transfer-Encoding" })
            Assert.Null(sent.Header(gone));
        Assert.Equal(
            ("Bearer sk-1", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "weird (agent; x", "by us", "2", "*/*", "a=b; c=d", "application/json"),
            (sent.Header("Authorization"), sent.Header("traceparent"), sent.Header("User-Agent"), sent.Header("x-set"), sent.Header("x-stainless-retry-count"),
                sent.Header("Accept"), sent.Header("Cookie"), sent.Header("Content-Type")));
        Assert.Equal("1, 2", sent.Header("x-twice"));
        Assert.Equal(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("gr\u00fc\u00df")), sent.Header("x-latin"));

        var audit = Assert.Single(gateway.Events());
        Assert.Equal(("acme", 3, "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"), (audit.Attribution.Tenant, audit.Attempt, audit.TraceId, audit.SpanId));
        Assert.Equal(2, audit.Attribution.Tags.Count);
    }

    [Theory]
    [InlineData("x-stainless-retry-count: 2", "x-none: 1", 3)]
    [InlineData("amz-sdk-request: attempt=2; max=3", "x-none: 1", 2)]
    [InlineData("amz-sdk-request: ttl=20261121T101112Z;attempt=3;max=4", "x-stainless-retry-count: none", 3)]
    [InlineData("amz-sdk-request: attempt=1; max=3", "x-stainless-retry-count: 4", 5)]
    public async Task Attempt_AsTheSdkTells_IsRecorded_AndItsHeaderGoesOnUntouched(string header, string other, int attempt)
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.CallAsync(RawCaller.Post(ChatTarget, PlainRequest, header, other));

        Assert.Contains("\n" + header + "\r", upstream.Request.Head);
        Assert.Equal(attempt, (await gateway.EventAsync()).Attempt);
    }

    [Theory]
    [InlineData("""{"tenant":"acme"}""", "acme")]
    [InlineData("""{"tenantSlug":"acme"}""", "acme")]
    [InlineData("""{"tenantSlug":"other","tenant":"acme"}""", "acme")]
    [InlineData("""{"tenant":"acme","tenantSlug":"other"}""", "acme")]
    [InlineData("""{"tenant":"\u0007","tenantSlug":"acme"}""", "acme")]
    [InlineData("""{"tenant":7}""", null)]
    public async Task Tenant_OfTheBodysMetadata_IsRead(string metadata, string? tenant)
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.CallAsync(RawCaller.Post(ChatTarget, "{\"model\":\"gpt-4o-mini\",\"metadata\":" + metadata + "}"));

        Assert.Equal(tenant, (await gateway.EventAsync()).Attribution.Tenant);
    }

    [Theory]
    [InlineData("ollama", "/v1", "/up/chat/completions", "ollama.chat_compat", "/up/*/v1/chat/completions")]
    [InlineData("ollama", "/v1/", "/up/chat/completions", "ollama.chat_compat", "/up/*/v1/chat/completions")]
    [InlineData("ollama", "/proxy/api", "/up/chat", "ollama.chat", "/up/*/api/chat")]
    [InlineData("ollama", "", "/up/v1/chat/completions", "ollama.chat_compat", "/up/*/v1/chat/completions")]
    [InlineData("ollama", "/v1", "/up/v1/chat/completions", "ollama.chat_compat", "/up/*/v1/chat/completions")]
    [InlineData("ollama", "/v1/chat/completions", "/up", "ollama.other", "/up/*")]
    [InlineData("azure", "/openai/deployments/dep-1", "/up/chat/completions?api-version=1", "azure.chat", "/up/*/chat/completions")]
    [InlineData("openai", "/v1/chat", "/up/completions", "openai.chat", "/up/*/chat/completions")]
    public async Task BasePath_IsPartOfWhatIsMatched(string api, string basePath, string target, string expected, string route)
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await TestGateway.StartAsync(new UpstreamOptions { BaseAddress = new Uri(upstream.Address, basePath), Api = api });
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.CallAsync(RawCaller.Post(target, PlainRequest));

        var audit = await gateway.EventAsync();
        Assert.Equal((expected, route), (audit.Api, audit.Attribution.Route));
        if (api == "azure") Assert.Equal("dep-1", audit.RequestModel);
        if (!expected.EndsWith(".other", StringComparison.Ordinal) && expected != "ollama.chat") Assert.Equal(9, audit.Usage!.InputTotal);
    }

    [Theory]
    [InlineData("length")]
    [InlineData("chunked")]
    public async Task LargeBody_OfAKnownFamily_IsForwardedUnread(string framing)
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await TestGateway.StartAsync(
            new UpstreamOptions { BaseAddress = upstream.Address, Api = "openai", InjectUsage = true }, new GatewayOptions { MaxReadBodyBytes = 100_000 });
        using var caller = await RawCaller.ConnectAsync(gateway);
        var body = StreamRequest[..^1] + ",\"x\":\"" + new string('x', 3_000_000) + "\"}";

        await caller.SendAsync(framing == "length"
            ? RawCaller.Post(ChatTarget, body)
            : $"POST {ChatTarget} HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{Chunk(body[..70_000])}{Chunk(body[70_000..])}{LastChunk}");
        var reply = await caller.ReadReplyAsync();

        Assert.Equal(PlainReplyBody, reply.Text);
        Assert.Equal(body, Encoding.UTF8.GetString(upstream.Request.Body));
        Assert.Equal(framing == "chunked" ? "chunked" : null, upstream.Request.Header("Transfer-Encoding"));
        var audit = Assert.Single(gateway.Events());
        Assert.Equal((UsageInjection.TooLarge, (long)body.Length, null, 9L), (audit.UsageInjection, audit.RequestBytes, audit.RequestModel, audit.Usage!.InputTotal));
    }

    [Theory]
    [InlineData("length")]
    [InlineData("chunked")]
    public async Task LargeForm_IsForwardedWhole_AndItsModelReadFromItsStart(string framing)
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await TestGateway.StartAsync(
            new UpstreamOptions { BaseAddress = upstream.Address, Api = "openai" }, new GatewayOptions { MaxReadBodyBytes = 100_000 });
        using var caller = await RawCaller.ConnectAsync(gateway);
        var body = "--b1\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--b1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n"
            + new string('x', 3_000_000) + "\r\n--b1--\r\n";
        var head = "POST /up/v1/audio/transcriptions HTTP/1.1\r\nHost: g\r\nContent-Type: multipart/form-data; boundary=b1\r\n";

        await caller.SendAsync(framing == "length"
            ? $"{head}Content-Length: {body.Length}\r\n\r\n{body}"
            : $"{head}Transfer-Encoding: chunked\r\n\r\n{Chunk(body[..70_000])}{Chunk(body[70_000..])}{LastChunk}");
        await caller.ReadReplyAsync();

        Assert.Equal(body, Encoding.UTF8.GetString(upstream.Request.Body));
        var audit = Assert.Single(gateway.Events());
        Assert.Equal(("openai.transcription", "whisper-1", (long)body.Length), (audit.Api, audit.RequestModel, audit.RequestBytes));
    }

    [Fact]
    public async Task ChunkedBody_WithinTheBound_IsReadAndSentWithItsLength()
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.CallAsync($"POST {ChatTarget} HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n{Chunk(PlainRequest)}{LastChunk}");

        Assert.Equal((PlainRequest, PlainRequest.Length.ToString()), (Encoding.UTF8.GetString(upstream.Request.Body), upstream.Request.Header("Content-Length")));
        Assert.Equal("gpt-4o-mini", gateway.Events().Single().RequestModel);
    }

    [Fact]
    public async Task ExpectContinue_IsAnsweredHere()
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.SendAsync($"POST {ChatTarget} HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\nContent-Length: {PlainRequest.Length}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 100", await caller.ReadHeadAsync());
        var reply = await caller.CallAsync(PlainRequest);

        Assert.Equal(200, reply.StatusCode);
        Assert.Null(upstream.Request.Header("Expect"));
    }

    [Theory]
    [InlineData("GET /nowhere/v1/models HTTP/1.1\r\nHost: g\r\n\r\n", 404, "up")]
    [InlineData("GET / HTTP/1.1\r\nHost: g\r\n\r\n", 404, "up")]
    [InlineData("GET /up/../admin HTTP/1.1\r\nHost: g\r\n\r\n", 400, "segment")]
    [InlineData("GET /up/%2e%2e/admin HTTP/1.1\r\nHost: g\r\n\r\n", 400, "segment")]
    [InlineData("GET /up/x%2f..%2f..%2fadmin HTTP/1.1\r\nHost: g\r\n\r\n", 400, "segment")]
    [InlineData("GET http://evil.example/up/v1 HTTP/1.1\r\nHost: evil.example\r\n\r\n", 400, "absolute")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: g\r\n\r\n", 400, "paths only")]
    [InlineData("CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n", 501, "CONNECT")]
    [InlineData("TRACE /up/v1/models HTTP/1.1\r\nHost: g\r\n\r\n", 501, "TRACE")]
    [InlineData("trace /up/v1/models HTTP/1.1\r\nHost: g\r\n\r\n", 501, "TRACE")]
    [InlineData("CONNECT /up/v1/models HTTP/1.1\r\nHost: g\r\n\r\n", 501, "CONNECT")]
    [InlineData("GET /up/v1/realtime HTTP/1.1\r\nHost: g\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n", 501, "WebSocket")]
    public async Task NotForwardable_IsRefusedClearly_WithoutAnEvent(string request, int status, string says)
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(request);

        Assert.Equal(status, reply.StatusCode);
        Assert.Contains(says, reply.Text);
        Assert.Equal((0, 0), (upstream.Connections, gateway.Openings().Count));
    }

    /// <summary>An upstream answers TRACE with what it was sent: the provider's key, which the gateway put there.</summary>
    [Theory]
    [InlineData("TRACE")]
    [InlineData("Trace")]
    public async Task Trace_IsRefused_SoThatNoUpstreamEchoesItsKey(string method)
    {
        await using var upstream = new ScriptedUpstream(static async connection =>
        {
            while (await connection.ReadRequestAsync() is { } request)
                await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: message/http\r\nContent-Length: {request.Head.Length}\r\n\r\n{request.Head}");
        });
        await using var gateway = await TestGateway.StartAsync(new UpstreamOptions
        {
            BaseAddress = upstream.Address, Api = "openai", Headers = new Dictionary<string, string> { ["Authorization"] = "Bearer sk-provider" },
        });
        using var caller = await RawCaller.ConnectAsync(gateway);
        // A call that is let in, on the same connection and path: what is remembered of it must not open the way.
        await caller.CallAsync(RawCaller.Get("/up/v1/models"));

        var reply = await caller.CallAsync($"{method} /up/v1/models HTTP/1.1\r\nHost: g\r\n\r\n");

        Assert.Equal(501, reply.StatusCode);
        Assert.Contains("\"code\":\"trace_not_supported\"", reply.Text);
        Assert.DoesNotContain("sk-provider", reply.Head + reply.Text);
        Assert.DoesNotContain("TRACE", upstream.Request.Line);
        Assert.Single(gateway.Openings());
    }

    [Fact]
    public async Task OfferToUpgradeToHttp2_IsTakenNoNoticeOf()
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(RawCaller.Get("/up/v1/models", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"));

        Assert.Equal(200, reply.StatusCode);
        Assert.Equal((null, null), (upstream.Request.Header("Upgrade"), upstream.Request.Header("HTTP2-Settings")));
    }

    [Fact]
    public async Task CallsOverTheBound_AreRefusedWith503()
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            reached.SetResult();
            await connection.UntilAsync(goOn.Task);
            await connection.SendAsync(PlainReply);
            await connection.UntilClosedAsync();
        });
        await using var gateway = await TestGateway.StartAsync(
            new UpstreamOptions { BaseAddress = upstream.Address, Api = "openai" }, new GatewayOptions { MaxConcurrentRequests = 1 });
        using var first = await RawCaller.ConnectAsync(gateway);
        using var second = await RawCaller.ConnectAsync(gateway);
        await first.SendAsync(RawCaller.Post(ChatTarget, PlainRequest));
        await reached.Task;

        var refused = await second.CallAsync(RawCaller.Post(ChatTarget, PlainRequest));
        goOn.SetResult();

        Assert.Equal((503, "1"), (refused.StatusCode, refused.Header("Retry-After")));
        Assert.Equal(200, (await first.ReadReplyAsync()).StatusCode);
        Assert.Single(gateway.Events());
    }

    [Fact]
    public async Task Trailers_AndHopByHopReplyHeaders_EndHere()
    {
        await using var upstream = ScriptedUpstream.Answering(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-t\r\nConnection: x-hop\r\nx-hop: 1\r\nKeep-Alive: timeout=5\r\nx-keep: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n"
            + Chunk("abc") + "0\r\nx-t: 1\r\n\r\n");
        await using var gateway = await TestGateway.StartAsync(upstream);
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(RawCaller.Get("/up/v1/x"));

        Assert.Equal(("abc", true, "1", "a=1|b=2"), (reply.Text, reply.IsWhole, reply.Header("x-keep"), reply.Header("Set-Cookie")));
        foreach (var gone in new[] { "x-hop", "Keep-Alive", "Trailer", "Server" }) Assert.Null(reply.Header(gone));
    }
}
