using Pipeline.GatewayEdge.Attribution;
using Pipeline.GatewayEdge.Tests.Forwarding;
using Xunit;
using static Pipeline.GatewayEdge.Tests.Forwarding.WireSamples;

namespace Pipeline.GatewayEdge.Tests.Attribution;

/// <summary>Tokens and virtual keys on the wire: who is let in, and what never reaches the provider.</summary>
public sealed class IdentityGatewayTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("identity-");
    private readonly TestIssuer _issuer = new();
    private readonly ManualTime _time = new();
    private readonly string _key = KeyText.New();

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _issuer.Dispose();
    }

    [Fact]
    public async Task Token_Right_CountsAndEndsHere()
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await StartAsync(upstream, Tokens());
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(RawCaller.Post(ChatTarget, PlainRequest, $"Authorization: Bearer {_issuer.Token()}", "x-api-key: sk-own"));

        Assert.Equal(200, reply.StatusCode);
        Assert.Null(upstream.Request.Header("Authorization"));
        Assert.Equal("sk-own", upstream.Request.Header("x-api-key"));
        var attribution = (await gateway.EventAsync()).Attribution;
        Assert.Equal("search", attribution.Team);
        Assert.NotNull(attribution.ApiKeyId);
    }

    [Fact]
    public async Task Token_TheProvidersOwn_GoesOn_AndIsNoKeyId()
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await StartAsync(upstream, Tokens(), new UpstreamOptions { BaseAddress = upstream.Address, Api = "openai", ForwardToken = true });
        using var caller = await RawCaller.ConnectAsync(gateway);
        var token = _issuer.Token();

        await caller.CallAsync(RawCaller.Post(ChatTarget, PlainRequest, $"Authorization: Bearer {token}"));

        Assert.Equal($"Bearer {token}", upstream.Request.Header("Authorization"));
        Assert.Null((await gateway.EventAsync()).Attribution.ApiKeyId);
    }

    [Theory]
    [InlineData("expired", 401, "token_expired")]
    [InlineData("forged", 401, "token_signature_wrong")]
    [InlineData("none", 401, "token_algorithm_refused")]
    [InlineData("missing", 401, "token_missing")]
    [InlineData("a provider's key", 401, "token_missing")]
    public async Task Token_Wrong_Is401WithoutEchoOrAttempt(string what, int status, string code)
    {
        using var forger = new TestIssuer();
        var token = what switch
        {
            "expired" => _issuer.Token(claims: TestIssuer.Claims(static claims => claims["exp"] = 1)),
            "forged" => forger.Token(),
            "none" => _issuer.Token("none") + "AAAA",
            _ => "sk-something-else",
        };
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await StartAsync(upstream, Tokens());
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(RawCaller.Post(ChatTarget, PlainRequest, what == "missing" ? "x-none: 1" : $"Authorization: Bearer {token}"));

        Assert.Equal((status, "Bearer"), (reply.StatusCode, reply.Header("WWW-Authenticate")));
        Assert.Contains($"\"code\":\"{code}\"", reply.Text);
        Assert.DoesNotContain(token[..8], reply.Text);
        await gateway.InFlightAsync(0);
        Assert.Equal((0, 0, 0L), (upstream.Connections, gateway.Openings().Count, gateway.Spool.ReservedBytes));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Token_Optional_WrongOneIsIgnoredAndEndsHere_KeyPassesOn(bool isToken)
    {
        using var forger = new TestIssuer();
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await StartAsync(upstream, Tokens(IdentityDemand.Optional));
        using var caller = await RawCaller.ConnectAsync(gateway);
        var sent = isToken ? $"Bearer {forger.Token()}" : "Bearer sk-own";

        var reply = await caller.CallAsync(RawCaller.Post(ChatTarget, PlainRequest, $"Authorization: {sent}"));

        Assert.Equal(200, reply.StatusCode);
        Assert.Equal(isToken ? null : sent, upstream.Request.Header("Authorization"));
        Assert.Null((await gateway.EventAsync()).Attribution.Team);
    }

    [Fact]
    public async Task Token_NewKeyOfTheIssuer_IsFetchedOnce()
    {
        var template = Tokens();
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await StartAsync(upstream, template);
        using var caller = await RawCaller.ConnectAsync(gateway);
        using var rotated = new TestIssuer { KeyId = "k2" };
        File.WriteAllText(template.Jwt.KeysFile!, rotated.Jwks());

        Assert.Equal(401, (await caller.CallAsync(RawCaller.Post(ChatTarget, PlainRequest, $"Authorization: Bearer {rotated.Token()}"))).StatusCode);
        _time.Advance(template.Jwt.MissInterval);
        Assert.Equal(200, (await caller.CallAsync(RawCaller.Post(ChatTarget, PlainRequest, $"Authorization: Bearer {rotated.Token()}"))).StatusCode);
    }

    [Fact]
    public async Task Token_OfAKeyTakenOutOfTheFile_IsRefusedWithinSeconds()
    {
        var template = Tokens();
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await StartAsync(upstream, template);
        using var caller = await RawCaller.ConnectAsync(gateway);
        using var rotated = new TestIssuer { KeyId = "k2" };
        Task<RawReply> CallAsync(TestIssuer issuer) => caller.CallAsync(RawCaller.Post(ChatTarget, PlainRequest, $"Authorization: Bearer {issuer.Token()}"));
        Assert.Equal(200, (await CallAsync(_issuer)).StatusCode);

        File.WriteAllText(template.Jwt.KeysFile!, rotated.Jwks());
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(401, (await CallAsync(_issuer)).StatusCode);
        Assert.Equal(200, (await CallAsync(rotated)).StatusCode);
    }

    [Theory]
    [InlineData("openai", "Authorization: Bearer KEY", "", "Authorization", "Bearer sk-provider")]
    [InlineData("openai", "api-key: KEY", "", "Authorization", "Bearer sk-provider")]
    [InlineData("anthropic", "x-api-key: KEY", "", "x-api-key", "sk-provider")]
    [InlineData("google", "x-goog-api-key: KEY", "", "x-goog-api-key", "sk-provider")]
    [InlineData("google", "x-none: 1", "?alt=sse&key=KEY&v=1", "x-goog-api-key", "sk-provider")]
    public async Task VirtualKey_IsReplacedByTheProvidersKey(string api, string header, string query, string expectedHeader, string expected)
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await StartAsync(upstream, VirtualKeys(), new UpstreamOptions { BaseAddress = upstream.Address, Api = api });
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(RawCaller.Post("/up/v1/some/path" + query.Replace("KEY", _key), PlainRequest, header.Replace("KEY", _key), "x-llm-team: other"));

        Assert.Equal(200, reply.StatusCode);
        Assert.DoesNotContain(_key, upstream.Request.Head);
        Assert.Equal(expected, upstream.Request.Header(expectedHeader));
        Assert.Equal(query.Length > 0 ? "POST /v1/some/path?alt=sse&v=1 HTTP/1.1" : "POST /v1/some/path HTTP/1.1", upstream.Request.Line);
        Assert.DoesNotContain("sk-provider", reply.Head + reply.Text);
        var attribution = (await gateway.EventAsync()).Attribution;
        Assert.Equal(("search-prod", "search"), (attribution.ApiKeyId, attribution.Team));
    }

    [Theory]
    [InlineData(IdentityDemand.Required, "Bearer sk-own", "key_unknown")]
    [InlineData(IdentityDemand.Required, "Bearer llmvk-unknown-unknown-unknown", "key_unknown")]
    [InlineData(IdentityDemand.Required, null, "key_missing")]
    [InlineData(IdentityDemand.Optional, "Bearer llmvk-unknown-unknown-unknown", "key_unknown")]
    [InlineData(IdentityDemand.Optional, "Bearer sk-own", null)]
    [InlineData(IdentityDemand.Optional, null, null)]
    public async Task VirtualKey_UnknownOrMissing_IsRefusedWhereAskedFor(IdentityDemand mode, string? authorization, string? code)
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await StartAsync(upstream, VirtualKeys(mode));
        using var caller = await RawCaller.ConnectAsync(gateway);

        var reply = await caller.CallAsync(RawCaller.Post(ChatTarget, PlainRequest, authorization is null ? "x-none: 1" : $"Authorization: {authorization}"));

        Assert.Equal(code is null ? 200 : 401, reply.StatusCode);
        if (code is null) Assert.Equal(authorization, upstream.Request.Header("Authorization"));
        else Assert.Contains($"\"code\":\"{code}\"", reply.Text);
    }

    [Fact]
    public async Task VirtualKey_TakenOutOfTheFile_IsRefusedAfterTheNextReload()
    {
        var template = VirtualKeys();
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        await using var gateway = await StartAsync(upstream, template);
        using var caller = await RawCaller.ConnectAsync(gateway);
        Task<RawReply> CallAsync() => caller.CallAsync(RawCaller.Post(ChatTarget, PlainRequest, $"Authorization: Bearer {_key}"));
        Assert.Equal(200, (await CallAsync()).StatusCode);

        File.WriteAllText(template.VirtualKeys.KeysFile!, "{ broken");
        _time.Advance(template.VirtualKeys.ReloadInterval);
        Assert.Equal(200, (await CallAsync()).StatusCode);

        File.WriteAllText(template.VirtualKeys.KeysFile!, """{"keys":[]}""");
        _time.Advance(template.VirtualKeys.ReloadInterval);
        Assert.Equal(401, (await CallAsync()).StatusCode);
    }

    private Task<TestGateway> StartAsync(ScriptedUpstream upstream, GatewayOptions template, UpstreamOptions? options = null) =>
        TestGateway.StartAsync(options ?? new UpstreamOptions { BaseAddress = upstream.Address, Api = "openai" }, template, time: _time);

    private GatewayOptions Tokens(IdentityDemand mode = IdentityDemand.Required)
    {
        var file = Path.Combine(_folder.FullName, "jwks.json");
        File.WriteAllText(file, _issuer.Jwks());
        return new GatewayOptions { Jwt = TestIssuer.Options(mode, file) };
    }

    private GatewayOptions VirtualKeys(IdentityDemand mode = IdentityDemand.Required)
    {
        var file = Path.Combine(_folder.FullName, "keys.json");
        File.WriteAllText(Path.Combine(_folder.FullName, "provider"), "sk-provider\n");
        File.WriteAllText(file, $$"""
            {"credentials":{"up":{"file":"provider"} },"keys":[{"id":"search-prod","hash":"{{KeyText.HashText(_key)}}","attribution":{"team":"search"} }]}
            """);
        return new GatewayOptions { VirtualKeys = new VirtualKeyOptions { Mode = mode, KeysFile = file } };
    }
}
