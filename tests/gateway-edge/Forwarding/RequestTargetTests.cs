using Pipeline.GatewayEdge.Forwarding;
using Pipeline.GatewayEdge.Metering;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

public sealed class RequestTargetTests
{
    [Theory]
    [InlineData("/openai/v1/chat/completions", "openai", "/v1/chat/completions", "")]
    [InlineData("/openai", "openai", "", "")]
    [InlineData("/openai?x=1", "openai", "", "x=1")]
    [InlineData("/openai/", "openai", "/", "")]
    [InlineData("/g/v1/models/gemini%3Agen?key=../..&alt=sse", "g", "/v1/models/gemini%3Agen", "key=../..&alt=sse")]
    [InlineData("/b/model/arn:aws%2Fx%2fy/invoke", "b", "/model/arn:aws%2Fx%2fy/invoke", "")]
    [InlineData("/o/v1//double///slash", "o", "/v1//double///slash", "")]
    [InlineData("/o/v1/.hidden/a..b/...", "o", "/v1/.hidden/a..b/...", "")]
    [InlineData("/o/100%", "o", "/100%", "")]
    [InlineData("/", "", "", "")]
    public void Parse_Path_IsSplitUnchanged(string raw, string upstream, string path, string query)
    {
        Assert.Equal(TargetFault.None, RequestTarget.Parse(raw, out var target));
        Assert.Equal((upstream, path, query), (target.Upstream.ToString(), target.Path.ToString(), target.Query.ToString()));
    }

    [Theory]
    [InlineData("http://evil.example/openai")]
    [InlineData("*")]
    [InlineData("evil.example:443")]
    [InlineData("")]
    public void Parse_NotAPath_IsRefused(string raw) => Assert.Equal(TargetFault.NotAPath, RequestTarget.Parse(raw, out _));

    [Theory]
    [InlineData("/o/../admin")]
    [InlineData("/o/v1/./x")]
    [InlineData("/..")]
    [InlineData("/o/v1/..")]
    [InlineData("/o/%2e%2e/admin")]
    [InlineData("/o/.%2E/admin")]
    [InlineData("/o/..%2fadmin")]
    [InlineData("/o/x%2f..%2fadmin")]
    [InlineData("/o/..%5cadmin")]
    [InlineData("/o/..\\admin")]
    [InlineData("/o/%252e%252e/admin")]
    [InlineData("/o/..;a=b/admin")]
    [InlineData("/o/%25252525252e")]
    public void Parse_DotSegment_IsRefused(string raw) => Assert.Equal(TargetFault.DotSegment, RequestTarget.Parse(raw, out _));

    [Theory]
    [InlineData("https://api.example", "/v1/a%2Fb?q=%20", "https://api.example/v1/a%2Fb?q=%20")]
    [InlineData("https://api.example/base/", "/v1", "https://api.example/base/v1")]
    [InlineData("https://api.example/base", "", "https://api.example/base/")]
    [InlineData("http://127.0.0.1:9900", "?x=1", "http://127.0.0.1:9900/?x=1")]
    [InlineData("http://h/base", "//evil.example/x", "http://h/base//evil.example/x")]
    [InlineData("http://h", "//evil.example/x", "http://h//evil.example/x")]
    [InlineData("http://h", "/%7Euser/%41", "http://h/%7Euser/%41")]
    public void Address_RestOfTarget_IsPutBehindTheBaseByteForByte(string baseAddress, string rest, string expected)
    {
        using var upstream = new Upstream("o", new UpstreamOptions { BaseAddress = new Uri(baseAddress), Api = "openai" });

        var address = upstream.AddressOf(rest);

        Assert.Equal(expected, address.OriginalString);
        Assert.Equal(new Uri(baseAddress).Host, address.Host);
        Assert.Equal(new Uri(expected.Split("//", 2)[0] + "//" + expected.Split("//", 2)[1].Split('/')[0]).Authority, address.Authority);
        Assert.Equal(expected[expected.IndexOf('/', "https://".Length)..], address.PathAndQuery);
    }

    [Theory]
    [InlineData("openai", "POST", "/v1/chat/completions", "/up/*/chat/completions")]
    [InlineData("openai", "GET", "/v1/responses/resp_123", "/up/*/responses/{id}")]
    [InlineData("openai", "GET", "/v1/models", "/up/*/models")]
    [InlineData("openai", "GET", "/v1/something-of-nobody", "/up/*")]
    [InlineData("anthropic", "POST", "/v1/messages", "/up/*/messages")]
    [InlineData("google", "POST", "/v1beta/models/gemini-2.5-pro:generateContent", "/up/*/models/{model}:generateContent")]
    [InlineData("google", "POST", "/v1beta/models/gemini-2.5-pro:streamGenerateContent", "/up/*/models/{model}:streamGenerateContent")]
    public void Pattern_Route_HoldsNoValueOfThePath(string api, string method, string path, string expected) =>
        Assert.Equal(expected, Route.PatternOf("up", ApiFamilies.Match(api, method, path)));
}
