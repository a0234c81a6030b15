using Microsoft.AspNetCore.Http;
using Pipeline.GatewayEdge.Forwarding;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

public sealed class HeaderRulesTests
{
    [Theory]
    [InlineData("gzip, deflate, br", "gzip, deflate, br")]
    [InlineData("gzip;q=0.5,  br ", "gzip;q=0.5,  br ")]
    [InlineData("gzip, deflate, br, zstd", "gzip, deflate, br")]
    [InlineData("zstd", "identity")]
    [InlineData("*", "identity")]
    [InlineData("gzip;q=0.2, *;q=0.1", "gzip;q=0.2")]
    [InlineData("GZIP, Identity", "GZIP, Identity")]
    public void AcceptEncoding_OnlyWhatMeteringReads_IsOffered(string accepted, string expected) =>
        Assert.Equal(expected, HeaderRules.ReadableEncodingsOf(accepted));

    [Theory]
    [InlineData("close, X-Secret", "x-secret", true)]
    [InlineData("keep-alive", "x-secret", false)]
    [InlineData(null, "x-secret", false)]
    [InlineData("x-secrets", "x-secret", false)]
    public void Connection_ListedName_IsHopByHop(string? connection, string name, bool expected) =>
        Assert.Equal(expected, HeaderRules.IsNamedBy(connection, name));

    [Theory]
    [InlineData("Authorization", "AWS4-HMAC-SHA256 Credential=x", true)]
    [InlineData("Authorization", "Bearer x", false)]
    [InlineData("x-amz-content-sha256", "abc", true)]
    [InlineData("Content-Digest", "sha-256=:x:", true)]
    [InlineData("x-other", "AWS4-HMAC-SHA256", false)]
    public void Signed_AuthorizationOrDigest_IsSeen(string name, string value, bool expected) =>
        Assert.Equal(expected, HeaderRules.IsSigned(new HeaderDictionary { [name] = value }));

    [Theory]
    [InlineData("Upgrade", "websocket", true)]
    [InlineData("keep-alive, Upgrade", "websocket", true)]
    [InlineData("Upgrade, HTTP2-Settings", "h2c", false)]
    [InlineData("keep-alive", "websocket", false)]
    public void Upgrade_OtherThanH2c_IsRefused(string connection, string upgrade, bool expected) =>
        Assert.Equal(expected, UpgradeRules.IsRefused(new HeaderDictionary { ["Connection"] = connection, ["Upgrade"] = upgrade }));
}
