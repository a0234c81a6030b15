using System.Text;
using Pipeline.Schemas;
using Xunit;
using static Pipeline.GatewayEdge.Tests.Forwarding.WireSamples;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

/// <summary>Asking for a stream's usage on the caller's behalf, without the caller seeing it.</summary>
public sealed class InjectionTests
{
    private const string Refusal = """{"error":{"message":"Unrecognized request argument supplied: stream_options","type":"invalid_request_error"}}""";

    /// <summary>Adds the usage chunk only when asked, as OpenAI does.</summary>
    private static ScriptedUpstream OpenAi(int splitBytes = int.MaxValue) => new(async connection =>
    {
        while (await connection.ReadRequestAsync() is { } request)
        {
            var asks = Encoding.UTF8.GetString(request.Body).Contains("\"include_usage\":true", StringComparison.Ordinal);
            var wire = StreamHead + Chunk(Delta) + Chunk(Stop) + (asks ? Chunk(Usage) : "") + Chunk(Done) + LastChunk;
            for (var at = 0; at < wire.Length; at += Math.Min(splitBytes, wire.Length - at))
                await connection.SendAsync(wire.Substring(at, Math.Min(splitBytes, wire.Length - at)));
        }
    });

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(13)]
    [InlineData(200)]
    public async Task Injected_CallerSeesNoUsageChunk_EventHasTheUsage(int splitBytes)
    {
        await using var upstream = OpenAi(splitBytes);
        await using var gateway = await TestGateway.StartAsync(upstream, injectUsage: true);
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(RawCaller.Post(ChatTarget, StreamRequest, "Accept-Encoding: gzip, br"));

        Assert.Equal((Delta + Stop + Done, true), (reply.Text, reply.IsWhole));
        Assert.Equal("identity", upstream.Request.Header("Accept-Encoding"));
        var audit = Assert.Single(gateway.Events());
        Assert.Equal((UsageInjection.Injected, Outcome.Ok, 9L, 2L), (audit.UsageInjection, audit.Outcome, audit.Usage!.InputTotal, audit.Usage.OutputTotal));
        Assert.Equal(StreamRequest.Length, audit.RequestBytes);
    }

    [Theory]
    [InlineData("client asked")]
    [InlineData("signed")]
    [InlineData("compressed")]
    [InlineData("not json")]
    [InlineData("plain call")]
    public async Task NotInjectable_BodyAndReplyAreUntouched_ReasonIsRecorded(string condition)
    {
        await using var upstream = OpenAi();
        await using var gateway = await TestGateway.StartAsync(upstream, injectUsage: true);
        using var caller = await RawCaller.ConnectAsync(gateway);
        var (body, header, expected) = condition switch
        {
            "client asked" => (StreamRequestAsking, "x-a: b", UsageInjection.ClientAsked),
            "signed" => (StreamRequest, "Authorization: AWS4-HMAC-SHA256 Credential=x", UsageInjection.Signed),
            "compressed" => ("not really gzip", "Content-Encoding: gzip", UsageInjection.Compressed),
            "not json" => ("{\"stream\":true,", "x-a: b", UsageInjection.NotJson),
            _ => (PlainRequest, "x-a: b", UsageInjection.NotApplicable),
        };

        var reply = await caller.CallAsync(RawCaller.Post(ChatTarget, body, header, "Accept-Encoding: gzip"));

        Assert.Equal(body, Encoding.UTF8.GetString(upstream.Request.Body));
        Assert.Equal("gzip", upstream.Request.Header("Accept-Encoding"));
        Assert.Equal(condition == "client asked" ? Delta + Stop + Usage + Done : Delta + Stop + Done, reply.Text);
        Assert.Equal(expected, Assert.Single(gateway.Events()).UsageInjection);
    }

    [Fact]
    public async Task NotConfigured_NothingIsChanged()
    {
        await using var upstream = OpenAi();
        await using var gateway = await TestGateway.StartAsync(upstream, injectUsage: false);
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.CallAsync(RawCaller.Post(ChatTarget, StreamRequest));

        Assert.Equal(StreamRequest, Encoding.UTF8.GetString(upstream.Request.Body));
        Assert.Equal((UsageInjection.NotConfigured, null), (gateway.Events().Single().UsageInjection, gateway.Events()[0].Usage));
    }

    [Fact]
    public async Task Refused_IsRepeatedOnceWithout_AndRemembered()
    {
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            while (await connection.ReadRequestAsync() is { } request)
                await connection.SendAsync(Encoding.UTF8.GetString(request.Body).Contains("stream_options", StringComparison.Ordinal)
                    ? Plain(Refusal, 400, "Bad Request")
                    : StreamHead + Chunk(Delta + Stop + Done) + LastChunk);
        });
        await using var gateway = await TestGateway.StartAsync(upstream, injectUsage: true);
        using var caller = await RawCaller.ConnectAsync(gateway);

        for (var i = 0; i < 2; i++)
            Assert.Equal(Delta + Stop + Done, (await caller.CallAsync(RawCaller.Post(ChatTarget, StreamRequest, "x-request-id: same"))).Text);

        Assert.Equal(3, upstream.Requests.Count);
        Assert.Equal(StreamRequest, Encoding.UTF8.GetString(upstream.Requests[1].Body));
        Assert.Equal(
            [(UsageInjection.RefusedNow, 400, Outcome.UpstreamError), (UsageInjection.RefusedBefore, 200, Outcome.Ok), (UsageInjection.RefusedBefore, 200, Outcome.Ok)],
            gateway.Events().Select(static audit => (audit.UsageInjection, audit.StatusCode!.Value, audit.Outcome)));
        Assert.All(gateway.Events(), static audit => Assert.Equal("same", audit.RequestId));
        Assert.Equal(0, gateway.Spool.ReservedBytes);
    }

    [Fact]
    public async Task OtherBadRequest_IsPassedOnAsItIs()
    {
        const string body = """{"error":{"message":"no such model","type":"invalid_request_error"}}""";
        await using var upstream = ScriptedUpstream.Answering(Plain(body, 400, "Bad Request"));
        await using var gateway = await TestGateway.StartAsync(upstream, injectUsage: true);
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(RawCaller.Post(ChatTarget, StreamRequest));

        Assert.Equal((400, body, true), (reply.StatusCode, reply.Text, reply.IsWhole));
        Assert.Equal((UsageInjection.Injected, Outcome.UpstreamError), (gateway.Events().Single().UsageInjection, gateway.Events()[0].Outcome));
    }
}
