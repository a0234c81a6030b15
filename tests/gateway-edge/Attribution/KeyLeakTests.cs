using System.Text;
using Pipeline.GatewayEdge.Attribution;
using Pipeline.GatewayEdge.Tests.Forwarding;
using Xunit;
using static Pipeline.GatewayEdge.Tests.Forwarding.WireSamples;

namespace Pipeline.GatewayEdge.Tests.Attribution;

/// <summary>Whatever a caller does with a virtual key, the provider never sees it.</summary>
public sealed class KeyLeakTests : IDisposable
{
    private const string OwnKey = "a-key-of-thirty-random-characters";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("key-leak-");
    private readonly string _key = KeyText.New();
    private readonly string _disabled = KeyText.New();

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Where clients, and people who set a header by hand, put a key.</summary>
    public static TheoryData<string> Places =>
    [
        "Authorization: Bearer KEY",
        "Authorization: KEY",
        "Authorization: Basic KEY",
        "Authorization: Token KEY",
        "Authorization: Basic BASE64(KEY:)",
        "Authorization: Basic BASE64(user:KEY)",
        "authorization: basic BASE64(:KEY)",
        "x-api-key: KEY",
        "x-goog-api-key: KEY",
        "api-key: KEY",
        "api-key: Bearer KEY",
        "Ocp-Apim-Subscription-Key: KEY",
        "?key=KEY",
        "?a=1&api-key=KEY",
        "?subscription-key=KEY&b=2",
    ];

    [Theory]
    [MemberData(nameof(Places))]
    public async Task KeyWhereKeysStand_Counts_AndIsReplaced(string place)
    {
        foreach (var mode in new[] { IdentityDemand.Optional, IdentityDemand.Required })
        {
            foreach (var key in new[] { _key, OwnKey })
            {
                var (status, text, sent) = await CallAsync(mode, place, key);

                Assert.Equal((200, "Bearer sk-provider"), (status, sent?.Header("Authorization")));
                AssertWithout(key, sent!, text);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task KeyThatIsNotValid_IsRefused_AndGoesNowhere(string place)
    {
        foreach (var (key, code) in new[] { (_disabled, "key_disabled"), ("llmvk-unknown-unknown-unknown", "key_unknown") })
        {
            var (status, text, sent) = await CallAsync(IdentityDemand.Optional, place, key);

            Assert.Equal((401, null), (status, sent));
            Assert.Contains($"\"code\":\"{code}\"", text);
            Assert.DoesNotContain(key, text);
        }
    }

    [Theory]
    [InlineData("Cookie: session=KEY; b=1")]
    [InlineData("x-my-own-key: KEY")]
    [InlineData("x-llm-tags: key=KEY")]
    [InlineData("?token=KEY")]
    [InlineData("?token=%6C%6Cmvk-0123456789")]
    [InlineData("/KEY/v1")]
    public async Task KeyWhereNoneStands_IsRefused_AlsoBesideARightOne(string place)
    {
        foreach (var beside in new[] { "x-none: 1", $"Authorization: Bearer {_key}" })
        {
            var (status, text, sent) = await CallAsync(IdentityDemand.Optional, place, _key, beside);

            Assert.Equal((401, null), (status, sent));
            Assert.Contains("\"code\":\"key_misplaced\"", text);
            Assert.DoesNotContain(_key, text);
        }
    }

    [Theory]
    [InlineData("x-api-key: sk-own,KEY")]
    [InlineData("Authorization: Bearer Bearer KEY")]
    [InlineData("Authorization: AWS4-HMAC-SHA256 Credential=KEY/20261121/us-east-1/bedrock/aws4_request")]
    public async Task KeyThatCannotBeReadOut_IsRefused(string place)
    {
        var (status, text, sent) = await CallAsync(IdentityDemand.Optional, place, _key);

        Assert.Equal((401, null), (status, sent));
        Assert.Contains("\"code\":\"key_unknown\"", text);
    }

    [Theory]
    [InlineData("Ocp-Apim-Subscription-Key: KEY")]
    [InlineData("api-key: KEY")]
    [InlineData("?subscription-key=KEY")]
    public async Task SecondKeyBesideARightOne_IsWithheld(string place)
    {
        foreach (var second in new[] { _key, _disabled, OwnKey, "sk-own" })
        {
            var (status, text, sent) = await CallAsync(IdentityDemand.Required, place, second, $"Authorization: Bearer {_key}");

            Assert.Equal(200, status);
            AssertWithout(second, sent!, text);
        }
    }

    [Theory]
    [InlineData("Authorization: sk-own")]
    [InlineData("Authorization: Basic dXNlcjpwYXNz")]
    [InlineData("Ocp-Apim-Subscription-Key: sk-own")]
    [InlineData("?subscription-key=sk-own")]
    [InlineData("x-note: about-llmvk-keys")]
    public async Task OtherPeoplesKeys_WhereKeysAreOptional_PassAsTheyCame(string place)
    {
        var (status, _, sent) = await CallAsync(IdentityDemand.Optional, place, "");

        Assert.Equal(200, status);
        Assert.Contains(place.TrimStart('?'), sent!.Head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task HeaderThatTheOperatorNamed_IsAPlaceOfKeysToo()
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        var (status, _, sent) = await CallAsync(
            upstream, new UpstreamOptions { BaseAddress = upstream.Address, Api = "openai", CredentialHeader = "x-relay-key" }, IdentityDemand.Required, "x-relay-key: KEY", _key);

        Assert.Equal((200, "sk-provider"), (status, sent!.Header("x-relay-key")));
        AssertWithout(_key, sent, "");
    }

    private async Task<(int Status, string Text, ReceivedRequest? Sent)> CallAsync(IdentityDemand mode, string place, string key, string beside = "x-none: 1")
    {
        await using var upstream = ScriptedUpstream.Answering(PlainReply);
        return await CallAsync(upstream, new UpstreamOptions { BaseAddress = upstream.Address, Api = "openai" }, mode, place, key, beside);
    }

    private async Task<(int Status, string Text, ReceivedRequest? Sent)> CallAsync(
        ScriptedUpstream upstream, UpstreamOptions options, IdentityDemand mode, string place, string key, string beside = "x-none: 1")
    {
        await using var gateway = await TestGateway.StartAsync(options, Options(mode), time: new ManualTime());
        using var caller = await RawCaller.ConnectAsync(gateway);
        var said = place.Replace("KEY", key);
        if (said.IndexOf("BASE64(", StringComparison.Ordinal) is > 0 and var start)
            said = said[..start] + Convert.ToBase64String(Encoding.UTF8.GetBytes(said[(start + "BASE64(".Length)..^1]));
        var target = said[0] == '?' ? ChatTarget + said : said[0] == '/' ? "/up" + said + "/chat/completions" : ChatTarget;
        var reply = await caller.CallAsync(RawCaller.Post(target, PlainRequest, said[0] is '?' or '/' ? "x-some: 1" : said, beside));
        if (reply.StatusCode == 200) await gateway.EventAsync();
        return (reply.StatusCode, reply.Head + reply.Text, upstream.Requests.SingleOrDefault());
    }

    private static void AssertWithout(string key, ReceivedRequest sent, string reply)
    {
        Assert.DoesNotContain(key, sent.Head);
        Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(key)).TrimEnd('='), sent.Head);
        Assert.DoesNotContain("Basic", sent.Head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(key, reply);
        Assert.DoesNotContain("sk-provider", reply);
    }

    private GatewayOptions Options(IdentityDemand mode)
    {
        var file = Path.Combine(_folder.FullName, "keys.json");
        File.WriteAllText(Path.Combine(_folder.FullName, "provider"), "sk-provider\n");
        File.WriteAllText(file, $$"""
            {"credentials":{"up":{"file":"provider"} },
             "keys":[{"id":"search","hash":"{{KeyText.HashText(_key)}}"},{"id":"own","hash":"{{KeyText.HashText(OwnKey)}}"},
                     {"id":"gone","hash":"{{KeyText.HashText(_disabled)}}","disabled":true}]}
            """);
        return new GatewayOptions { VirtualKeys = new VirtualKeyOptions { Mode = mode, KeysFile = file } };
    }
}
