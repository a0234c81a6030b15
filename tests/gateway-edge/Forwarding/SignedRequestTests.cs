using System.Text;
using Pipeline.GatewayEdge.Tests.Metering;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

/// <summary>Requests signed for AWS: what arrives must still carry a signature that the service works out to be right.</summary>
public sealed class SignedRequestTests
{
    private const string Scope = "20261121/us-east-1/bedrock/aws4_request";
    private const string Time = "20261121T101112Z";
    private const string Body = """{"messages":[{"role":"user","content":[{"text":"hi"}]}]}""";

    private const string Reply =
        """{"output":{"message":{"role":"assistant","content":[{"text":"ho"}]}},"stopReason":"end_turn","usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}""";

    /// <summary>AWS's published example, so that signer and check are not wrong in the same way.</summary>
    [Fact]
    public void Signature_OfThePublishedExample_IsThePublishedOne()
    {
        var headers = new Dictionary<string, string> { ["Host"] = "example.amazonaws.com", ["X-Amz-Date"] = "20150830T123600Z" };
        var authorization = SignatureV4.Sign("GET", "/", headers, [], "20150830/us-east-1/service/aws4_request");

        Assert.EndsWith("Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31", authorization, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse", "us.anthropic.claude-haiku-4-5-20251001-v1:0")]
    [InlineData(
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A111122223333%3Aapplication-inference-profile%2Fabc1de2fgh/converse",
        "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc1de2fgh")]
    [InlineData("/model/amazon.nova-lite-v1:0/converse?b=2&a=%20x", "amazon.nova-lite-v1:0")]
    public async Task SignedCall_ThroughTheGateway_KeepsItsSignature(string target, string model)
    {
        await using var upstream = ScriptedUpstream.Answering(WireSamples.Plain(Reply));
        await using var gateway = await TestGateway.StartAsync(upstream, api: "bedrock");
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(Signed(target, upstream.Address.Authority, new Dictionary<string, string>
        {
            // Everything that SDKs of different languages sign, and two headers that the gateway would else touch.
            ["accept-encoding"] = "zstd, gzip",
            ["amz-sdk-invocation-id"] = "3f1c",
            ["amz-sdk-request"] = "attempt=1;  max=3",
            ["content-length"] = Encoding.UTF8.GetByteCount(Body).ToString(),
            ["content-type"] = "application/json",
            ["x-amz-security-token"] = "IQoJb3JpZ2lu==",
            ["x-llm-team"] = "search",
        }));

        Assert.Equal(200, reply.StatusCode);
        Assert.True(SignatureV4.IsValid(upstream.Request));
        Assert.Equal(upstream.Address.Authority, upstream.Request.Header("Host"));
        var audit = await gateway.EventAsync();
        Assert.Equal((model, "search", 5), (audit.RequestModel, audit.Attribution.Team, audit.Usage!.ProviderTotal));
    }

    [Fact]
    public async Task UnsignedAttribution_OnASignedCall_IsKeptFromTheProvider()
    {
        await using var upstream = ScriptedUpstream.Answering(WireSamples.Plain(Reply));
        await using var gateway = await TestGateway.StartAsync(upstream, api: "bedrock");
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.CallAsync(Signed("/model/m/converse", upstream.Address.Authority, [], "x-llm-team: search\r\nAccept-Encoding: zstd, gzip\r\n"));

        Assert.True(SignatureV4.IsValid(upstream.Request));
        Assert.Null(upstream.Request.Header("x-llm-team"));
        Assert.Equal("gzip", upstream.Request.Header("Accept-Encoding"));
    }

    /// <summary>The body is larger than what is gathered here: it is passed on as it comes.</summary>
    [Fact]
    public async Task SignedCall_WithALargeBody_KeepsItsSignature()
    {
        await using var upstream = ScriptedUpstream.Answering(WireSamples.Plain(Reply));
        await using var gateway = await TestGateway.StartAsync(
            new UpstreamOptions { BaseAddress = upstream.Address, Api = "bedrock" }, new GatewayOptions { MaxReadBodyBytes = 64 * 1024 });
        using var caller = await RawCaller.ConnectAsync(gateway);

        var body = $$"""{"messages":[{"role":"user","content":[{"text":"{{new string('x', 300_000)}}"}]}]}""";
        await caller.CallAsync(Signed("/model/m/converse", upstream.Address.Authority, [], body: body));

        Assert.True(SignatureV4.IsValid(upstream.Request));
    }

    /// <summary>The limit, said in the decision about signed requests: the gateway's own name must not be what is signed.</summary>
    [Fact]
    public async Task CallSignedForTheGatewaysOwnHost_DoesNotVerify()
    {
        await using var upstream = ScriptedUpstream.Answering(WireSamples.Plain(Reply));
        await using var gateway = await TestGateway.StartAsync(upstream, api: "bedrock");
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.CallAsync(Signed("/model/m/converse", $"127.0.0.1:{gateway.Port}", []));

        Assert.False(SignatureV4.IsValid(upstream.Request));
    }

    [Fact]
    public async Task OpenAIStyleCall_Signed_IsNotInjected()
    {
        await using var upstream = ScriptedUpstream.Answering(Replies.Bytes(WireSamples.Plain("""{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""")));
        await using var gateway = await TestGateway.StartAsync(upstream, injectUsage: true, api: "bedrock");
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.CallAsync(Signed("/openai/v1/chat/completions", upstream.Address.Authority, [], body: WireSamples.StreamRequest));

        Assert.True(SignatureV4.IsValid(upstream.Request));
        Assert.Equal(Schemas.UsageInjection.Signed, (await gateway.EventAsync()).UsageInjection);
    }

    /// <summary>A request to the gateway, signed for another host and for the path without the upstream's name.</summary>
    private static string Signed(string target, string host, Dictionary<string, string> more, string unsigned = "", string body = Body)
    {
        var headers = new Dictionary<string, string>(more) { ["host"] = host, ["x-amz-date"] = Time };
        var authorization = SignatureV4.Sign("POST", target, headers, Encoding.UTF8.GetBytes(body), Scope);
        headers.TryAdd("content-length", Encoding.UTF8.GetByteCount(body).ToString());
        headers.TryAdd("content-type", "application/json");
        return $"POST /up{target} HTTP/1.1\r\n" + string.Concat(headers.Select(static header => $"{header.Key}: {header.Value}\r\n"))
            + $"Authorization: {authorization}\r\n{unsigned}\r\n{body}";
    }
}
