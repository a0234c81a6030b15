using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;
using Pipeline.GatewayEdge.Attribution;
using Pipeline.GatewayEdge.Metering;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Attribution;

public sealed class CallerTests
{
    private static readonly byte[] Secret = Encoding.UTF8.GetBytes("sixteen bytes or more");
    private static readonly Guid EventId = Guid.Parse("018f0000-0000-7000-8000-000000000001");

    private readonly List<DropReason> _dropped = [];

    [Theory]
    [InlineData("Bearer sk-1", null, "", "sk-1")]
    [InlineData("bearer  sk-1 ", null, "", "sk-1")]
    [InlineData(null, "sk-2", "", "sk-2")]
    [InlineData(null, null, "alt=sse&key=sk%2D3", "sk-3")]
    [InlineData("Bearer sk-1", "sk-2", "key=sk-3", "sk-1")]
    [InlineData("Basic abc", "sk-2", "", "sk-2")]
    public void KeyId_FirstCredential_IsItsKeyedHash(string? authorization, string? header, string query, string key)
    {
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(Secret, Encoding.UTF8.GetBytes(key)))[..16];

        Assert.Equal(expected, new CallerKey(Secret).IdOf(new CallerCredentials(authorization, header, query)));
    }

    [Theory]
    [InlineData(null, null, "")]
    [InlineData("Basic abc", null, "monkey=1")]
    [InlineData("Bearer ", "", "key=")]
    public void KeyId_NoCredential_IsNull(string? authorization, string? header, string query) =>
        Assert.Null(new CallerKey(Secret).IdOf(new CallerCredentials(authorization, header, query)));

    [Fact]
    public void KeyId_LongKey_IsHashedWhole()
    {
        var key = new string('k', 5_000);
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(Secret, Encoding.UTF8.GetBytes(key)))[..16];

        Assert.Equal(expected, new CallerKey(Secret).IdOf(new CallerCredentials($"Bearer {key}", null, "")));
    }

    [Theory]
    [InlineData("req-1", "req-1")]
    [InlineData(null, "018f0000-0000-7000-8000-000000000001")]
    [InlineData("", "018f0000-0000-7000-8000-000000000001")]
    [InlineData("two words", "018f0000-0000-7000-8000-000000000001")]
    [InlineData("\u00e4", "018f0000-0000-7000-8000-000000000001")]
    public void RequestId_OnlyVisibleAscii_IsTheCallers(string? header, string expected) =>
        Assert.Equal(expected, CallerIdentity.RequestId(header, EventId));

    [Fact]
    public void RequestId_Over128Characters_IsTheEventId()
    {
        Assert.Equal(new string('a', 128), CallerIdentity.RequestId(new string('a', 128), EventId));
        Assert.Equal(EventId.ToString(), CallerIdentity.RequestId(new string('a', 129), EventId));
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData("0", 1)]
    [InlineData("2", 3)]
    [InlineData("-1", 1)]
    [InlineData("x", 1)]
    [InlineData("2147483647", 1)]
    public void Attempt_RetryCount_CountsFromOne(string? header, int expected) => Assert.Equal(expected, CallerIdentity.Attempt(header, null));

    [Theory]
    [InlineData("attempt=2; max=3", 2)]
    [InlineData("attempt=1", 1)]
    [InlineData("ttl=20261121T101112Z;attempt=3;max=4", 3)]
    [InlineData(" max=3 ; Attempt=4 ", 4)]
    [InlineData("attempt=0; max=3", 1)]
    [InlineData("attempt=-2", 1)]
    [InlineData("attempt=99999", 1)]
    [InlineData("attempt=two", 1)]
    [InlineData("max=3", 1)]
    [InlineData("", 1)]
    public void Attempt_OfAwsSdks_IsTheirOwnNumber(string header, int expected)
    {
        Assert.Equal(expected, CallerIdentity.Attempt(null, header));
        Assert.Equal(expected, CallerIdentity.Attempt("none", header));
        Assert.Equal(1, CallerIdentity.Attempt("0", header));
    }

    [Theory]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true)]
    [InlineData("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", true)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", false)]
    [InlineData("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false)]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false)]
    [InlineData("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736", false)]
    [InlineData(null, false)]
    public void TraceContext_Header_GivesIdsOnlyWhenValid(string? header, bool isValid)
    {
        Assert.Equal(isValid, TraceContext.TryRead(header, out var trace, out var span));
        Assert.Equal(isValid ? "4bf92f3577b34da6a3ce929d0e0e4736" : null, trace);
        Assert.Equal(isValid ? "00f067aa0ba902b7" : null, span);
    }

    [Fact]
    public void Attribution_HeadersSilent_MetadataSpeaks()
    {
        var headers = new CallerHeaders();
        headers.Take("tenant", "from-header");
        headers.Take("TEAM", "search");
        headers.Take("prompt-version", "v7");
        headers.Take("unknown", "x");
        var metadata = new MetadataAttribution("from-metadata", null, "u1", "chat", "s1", "prod");

        var attribution = Of(headers, metadata);

        Assert.Equal(
            ("from-header", "search", "u1", "chat", "s1", "prod", "v7", "/openai/*"),
            (attribution.Tenant, attribution.Team, attribution.User, attribution.Feature, attribution.Session, attribution.Environment,
                attribution.PromptVersion, attribution.Route));
        Assert.Empty(_dropped);
    }

    [Fact]
    public void Attribution_BadHeader_IsCountedAndMetadataSpeaks()
    {
        var headers = new CallerHeaders();
        headers.Take("tenant", "%0a");
        headers.Take("team", new StringValues(["a", "b"]));

        var attribution = Of(headers, new MetadataAttribution("from-metadata", null, null, null, null, null));

        Assert.Equal("from-metadata", attribution.Tenant);
        Assert.Null(attribution.Team);
        Assert.Equal([DropReason.ControlCharacter, DropReason.Ambiguous], _dropped);
    }

    [Fact]
    public void Attribution_BadMetadata_IsCountedWhereItIsAskedFor()
    {
        var tooLong = new MetadataValue(null, DropReason.TooLong);
        var headers = new CallerHeaders();
        headers.Take("user", "ann");

        var attribution = Of(headers, new MetadataAttribution(tooLong, "acme", tooLong, new MetadataValue(null, DropReason.Empty), default, default));

        Assert.Equal(("acme", "ann", null, null), (attribution.Tenant, attribution.User, attribution.Feature, attribution.Session));
        Assert.Equal([DropReason.TooLong, DropReason.Empty], _dropped);
    }

    private Schemas.Attribution Of(CallerHeaders headers, MetadataAttribution metadata) =>
        new CallerAttribution(new CallerKey(Secret), null, _dropped.Add).Of(headers, metadata, default, "/openai/*");
}
