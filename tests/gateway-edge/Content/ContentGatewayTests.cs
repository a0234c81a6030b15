using System.IO.Compression;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.GatewayEdge.Content;
using Pipeline.GatewayEdge.Tests.Forwarding;
using Pipeline.GatewayEdge.Tests.Metering;
using Pipeline.GatewayEdge.Tests.Spooling;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;
using Xunit;
using static Pipeline.GatewayEdge.Tests.Forwarding.WireSamples;

namespace Pipeline.GatewayEdge.Tests.Content;

/// <summary>What is captured of calls, and what of it arrives in the topic.</summary>
public sealed class ContentGatewayTests
{
    private const string Prompt = """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"mail ann@example.com"}]}""";

    private readonly ContentOptions _acme = new() { Tenants = ["acme"] };

    [Theory]
    [InlineData(false, "acme", "acme", false)]
    [InlineData(true, "", "acme", false)]
    [InlineData(true, "acme", "acme", true)]
    [InlineData(true, "acme", "other", false)]
    [InlineData(true, "acme", null, false)]
    [InlineData(true, "*", "other", true)]
    [InlineData(true, "*", null, true)]
    public async Task Capture_OnlyWhereUpstreamAndTenantAreBothSwitchedOn(bool isUpstreamOn, string tenants, string? tenant, bool expected)
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await StartAsync(upstream, new ContentOptions { Tenants = tenants.Split(',', StringSplitOptions.RemoveEmptyEntries) }, isUpstreamOn);
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.CallAsync(RawCaller.Post(ChatTarget, Prompt, tenant is null ? "x-none: 1" : $"x-llm-tenant: {tenant}", "Accept-Encoding: gzip"));
        await gateway.InFlightAsync(0);

        Assert.Equal(expected ? 1 : 0, gateway.Service.Captures.Waiting.Count);
        Assert.Equal(expected, gateway.Service.Captures.Budget.UsedBytes > 0);
        Assert.Equal(expected ? "identity" : "gzip", upstream.Request.Header("Accept-Encoding"));
    }

    [Fact]
    public async Task Captured_ArrivesRedacted_AndTheEventHasNothingOfIt()
    {
        await using var upstream = ScriptedUpstream.Answering(Plain(PlainReplyBody.Replace("\"ho\"", "\"ask bob@example.com\"")));
        await using var gateway = await StartAsync(upstream, _acme);
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.CallAsync(RawCaller.Post(ChatTarget, Prompt, "x-llm-tenant: acme"));
        await gateway.InFlightAsync(0);

        var world = new SpoolWorld(1);
        using var log = new FaultyLog(world.OpenLog());
        var content = Assert.Single(Ship(gateway, log, world));

        var audit = await gateway.EventAsync();
        Assert.Equal((audit.EventId, "acme", "gpt-4o-mini", 2L), (content.EventId, content.Tenant, content.RequestModel, content.Redactions));
        Assert.Equal("""{"model":"gpt-4o-mini","messages":[{"role":"user","content":"mail [email]"}]}""", content.Prompt);
        Assert.Contains("ask [email]", content.Reply);
        Assert.Equal((ContentState.Whole, ContentState.Whole), (content.PromptState, content.ReplyState));
        Assert.DoesNotContain("mail", audit.ToString());
        Assert.Equal(0, gateway.Service.Captures.Budget.UsedBytes);
    }

    [Fact]
    public async Task Captured_Stream_IsItsTextsPutTogether()
    {
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(StreamHead + Chunk(Delta) + Chunk(Delta) + Chunk(Stop) + Chunk(Usage) + Chunk(Done) + LastChunk);
            await connection.UntilClosedAsync();
        });
        await using var gateway = await StartAsync(upstream, _acme);
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.CallAsync(RawCaller.Post(ChatTarget, StreamRequestAsking, "x-llm-tenant: acme"));
        await gateway.InFlightAsync(0);

        var world = new SpoolWorld(1);
        using var log = new FaultyLog(world.OpenLog());

        Assert.Equal("""{"choices.0.delta.content":"hoho"}""", Assert.Single(Ship(gateway, log, world)).Reply);
    }

    [Fact]
    public async Task Captured_BinaryStream_IsItsTextsPutTogether()
    {
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\nTransfer-Encoding: chunked\r\n\r\n");
            await connection.SendAsync(System.Text.Encoding.ASCII.GetBytes($"{AwsFrames.Converse.Length:x}\r\n"));
            await connection.SendAsync(AwsFrames.Converse);
            await connection.SendAsync("\r\n" + LastChunk);
            await connection.UntilClosedAsync();
        });
        await using var gateway = await StartAsync(upstream, _acme, api: "bedrock");
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.CallAsync(RawCaller.Post(ChatTarget.Replace("v1/chat/completions", "model/amazon.nova-micro-v1:0/converse-stream", StringComparison.Ordinal), "{}", "x-llm-tenant: acme"));
        await gateway.InFlightAsync(0);

        var world = new SpoolWorld(1);
        using var log = new FaultyLog(world.OpenLog());

        Assert.Equal("""{"delta.text#0":"stopReason"}""", Assert.Single(Ship(gateway, log, world)).Reply);
    }

    /// <summary>What the upstream did not finish is not whole; what has come is kept.</summary>
    [Theory]
    [InlineData("text/event-stream", "data: {\"choices\":[{\"delta\":{\"content\":\"ask ann@example.com\"}}]}\n\n", """{"choices.0.delta.content":"ask [email]"}""")]
    [InlineData("application/json", """{"choices":[{"message":{"role":"assistant","content":"ask ann@exa""", """{"choices":[{"message":{"role":"assistant","content":""")]
    public async Task Captured_ReplyThatBrokeOff_IsSaidToBeCut(string type, string body, string expected)
    {
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nTransfer-Encoding: chunked\r\n\r\n{Chunk(body)}");
        });
        await using var gateway = await StartAsync(upstream, _acme);
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.SendAsync(RawCaller.Post(ChatTarget, StreamRequestAsking, "x-llm-tenant: acme"));
        await caller.ReadToEndAsync();
        await gateway.InFlightAsync(0);

        var world = new SpoolWorld(1);
        using var log = new FaultyLog(world.OpenLog());
        var content = Assert.Single(Ship(gateway, log, world));

        Assert.Equal(ContentState.Cut, content.ReplyState);
        Assert.StartsWith(expected, content.Reply);
        Assert.DoesNotContain("ann@", content.Reply);
    }

    /// <summary>What the caller signed is not ours to change; its reply may come encoded then and is decoded here.</summary>
    [Theory]
    [InlineData("gzip", "br, gzip", ContentState.Whole)]
    [InlineData("zstd", "zstd", ContentState.Encoded)]
    [InlineData(null, "identity;q=1, gzip", ContentState.Whole)]
    public async Task Captured_SignedCall_KeepsItsSignature(string? encoding, string accepted, ContentState expected)
    {
        const string Target = "/model/m/converse";
        var body = Encoding.UTF8.GetBytes("""{"output":{"message":{"content":[{"text":"ask ann@example.com"}]}},"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}""");
        var sent = encoding == "gzip" ? Gzip(body) : body;
        await using var upstream = ScriptedUpstream.Answering(
            [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{(encoding is null ? "" : $"Content-Encoding: {encoding}\r\n")}Content-Length: {sent.Length}\r\n\r\n"), .. sent]);
        await using var gateway = await StartAsync(upstream, _acme, api: "bedrock");
        using var caller = await RawCaller.ConnectAsync(gateway);
        var headers = new Dictionary<string, string> { ["host"] = upstream.Address.Authority, ["x-amz-date"] = "20261121T101112Z", ["accept-encoding"] = accepted };
        var authorization = SignatureV4.Sign("POST", Target, headers, Encoding.UTF8.GetBytes(Prompt), "20261121/us-east-1/bedrock/aws4_request");

        var reply = await caller.CallAsync(
            $"POST /up{Target} HTTP/1.1\r\n{string.Concat(headers.Select(static header => $"{header.Key}: {header.Value}\r\n"))}Authorization: {authorization}\r\n"
            + $"x-llm-tenant: acme\r\nContent-Type: application/json\r\nContent-Length: {Prompt.Length}\r\n\r\n{Prompt}");
        await gateway.InFlightAsync(0);

        Assert.True(SignatureV4.IsValid(upstream.Request), "what arrived is not what was signed");
        Assert.Equal(accepted, upstream.Request.Header("Accept-Encoding"));
        Assert.Equal(sent, reply.Body);
        var world = new SpoolWorld(1);
        using var log = new FaultyLog(world.OpenLog());
        var content = Assert.Single(Ship(gateway, log, world));
        Assert.Equal(expected, content.ReplyState);
        Assert.Equal(expected == ContentState.Whole, content.Reply?.Contains("ask [email]", StringComparison.Ordinal) ?? false);
    }

    /// <summary>Google's stream without alt=sse: an array that calls itself plain JSON.</summary>
    [Theory]
    [InlineData("google", "/up/v1beta/models/gemini-2.5-flash:streamGenerateContent", "application/json; charset=UTF-8", "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"ann@exa\"}]}}]}\n,\r\n{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"mple.com\"}]}}]}\n]\n", """{"candidates.0.content.parts.0.text":"[email]"}""")]
    [InlineData("cohere", "/up/v1/chat", "application/stream+json", "{\"event_type\":\"text-generation\",\"text\":\"ann@exa\"}\n{\"event_type\":\"text-generation\",\"text\":\"mple.com\"}\n", """{"text":"[email]"}""")]
    [InlineData("ollama", "/up/api/generate", "application/ndjson", "{\"response\":\"ann@exa\"}\n{\"response\":\"mple.com\",\"done\":true}\n", """{"response":"[email]"}""")]
    public async Task Captured_StreamOfEveryFraming_HasNoSecretThatWasSplit(string api, string target, string type, string body, string expected)
    {
        await using var upstream = ScriptedUpstream.Answering($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nTransfer-Encoding: chunked\r\n\r\n{Chunk(body)}{LastChunk}");
        await using var gateway = await StartAsync(upstream, _acme, api: api);
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.CallAsync(RawCaller.Post(target, """{"stream":true}""", "x-llm-tenant: acme"));
        await gateway.InFlightAsync(0);

        var world = new SpoolWorld(1);
        using var log = new FaultyLog(world.OpenLog());
        var content = Assert.Single(Ship(gateway, log, world));

        Assert.Equal((expected, ContentState.Whole), (content.Reply, content.ReplyState));
    }

    [Theory]
    [InlineData("Content-Encoding: gzip", ContentState.Encoded)]
    [InlineData("Content-Type: multipart/form-data; boundary=x", ContentState.NotText)]
    public async Task Prompt_ThatCannotBeRead_SaysWhy(string header, ContentState expected)
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await StartAsync(upstream, _acme);
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.CallAsync($"POST {ChatTarget} HTTP/1.1\r\nHost: g\r\nx-llm-tenant: acme\r\n{header}\r\nContent-Length: {Prompt.Length}\r\n\r\n{Prompt}");
        await gateway.InFlightAsync(0);

        var world = new SpoolWorld(1);
        using var log = new FaultyLog(world.OpenLog());
        var content = Assert.Single(Ship(gateway, log, world));

        Assert.Equal((expected, null), (content.PromptState, content.Prompt));
        Assert.NotNull(content.Reply);
    }

    [Fact]
    public async Task MemoryFull_CallsGoOn_LossIsBounded()
    {
        var body = Plain(PlainReplyBody.Replace("\"ho\"", $"\"{new string('x', 700_000)}\""));
        await using var upstream = ScriptedUpstream.Answering(body);
        await using var gateway = await StartAsync(upstream, new ContentOptions { Tenants = ["acme"], MaxBufferedBytes = 1 << 20 });
        using var caller = await RawCaller.ConnectAsync(gateway);
        for (var i = 0; i < 4; i++)
            Assert.Equal(200, (await caller.CallAsync(RawCaller.Post(ChatTarget, Prompt, "x-llm-tenant: acme"))).StatusCode);
        await gateway.InFlightAsync(0);

        Assert.InRange(gateway.Service.Captures.Waiting.Count, 0, 1);
        Assert.InRange(gateway.Service.Captures.Budget.UsedBytes, 0, 1 << 20);
        Assert.Equal(4, (await gateway.EventsAsync(4)).Count);
    }

    [Fact]
    public async Task LogAway_WaitsAndThenWrites()
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await StartAsync(upstream, _acme);
        using var caller = await RawCaller.ConnectAsync(gateway);
        await caller.CallAsync(RawCaller.Post(ChatTarget, Prompt, "x-llm-tenant: acme"));
        await gateway.InFlightAsync(0);
        var world = new SpoolWorld(1);
        using var log = new FaultyLog(world.OpenLog()) { IsAway = true };
        using var shipper = Shipper(gateway, log, world);

        Assert.True(shipper.Turn(CancellationToken.None) > TimeSpan.Zero);
        Assert.Equal(CheckStatus.Warning, shipper.Check().Status);
        log.IsAway = false;
        log.Before = static _ => new TransactionResult(TransactionOutcome.Unknown, Reason: "test");
        Assert.True(shipper.Turn(CancellationToken.None) > TimeSpan.Zero);
        log.Before = static _ => null;
        Assert.Equal(TimeSpan.Zero, shipper.Turn(CancellationToken.None));

        Assert.Single(log.Committed);
        Assert.Equal(CheckStatus.Ok, shipper.Check().Status);
    }

    private static Task<TestGateway> StartAsync(ScriptedUpstream upstream, ContentOptions content, bool isUpstreamOn = true, string api = "openai") => TestGateway.StartAsync(
        new UpstreamOptions { BaseAddress = upstream.Address, Api = api, CaptureContent = isUpstreamOn }, new GatewayOptions { Content = content });

    private static byte[] Gzip(byte[] bytes)
    {
        var encoded = new MemoryStream();
        using (var gzip = new GZipStream(encoded, CompressionLevel.Fastest)) gzip.Write(bytes);
        return encoded.ToArray();
    }

    private static ContentShipper Shipper(TestGateway gateway, ILog log, SpoolWorld world) => new(
        gateway.Service.Captures, new ContentOptions(), log, Topics.All(3), static _ => SpoolWorld.SchemaId, "content", world.Time, NullLogger.Instance);

    private static List<CallContent> Ship(TestGateway gateway, FaultyLog log, SpoolWorld world)
    {
        using var shipper = Shipper(gateway, log, world);
        Assert.Equal(TimeSpan.Zero, shipper.Turn(CancellationToken.None));
        Assert.All(log.Committed.SelectMany(static one => one.Records), static record => Assert.Equal(Topics.Content, record.Topic));
        return [.. log.Committed.SelectMany(static one => one.Records).Select(static record => Read(record.Value.Span))];
    }

    private static CallContent Read(ReadOnlySpan<byte> frame)
    {
        var reader = new AvroReader(frame[5..]);
        var content = CallContent.Read(ref reader);
        Assert.False(reader.Failed);
        return content;
    }
}
