using Pipeline.GatewayEdge.Attribution;
using Pipeline.GatewayEdge.Metering;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Attribution;

/// <summary>The table of docs/attribution.md: which source counts where several speak.</summary>
public sealed class PrecedenceTests
{
    private readonly List<DropReason> _dropped = [];

    [Theory]
    [InlineData("key token header body", "key")]
    [InlineData("token header body", "token")]
    [InlineData("header body", "header")]
    [InlineData("body", "body")]
    [InlineData("key header", "key")]
    [InlineData("key body", "key")]
    [InlineData("token body", "token")]
    [InlineData("", null)]
    public void Value_OfTheFirstSourceThatHasIt_Counts(string sources, string? expected)
    {
        var attribution = Of(sources);

        Assert.Equal(
            (expected, expected, expected, expected, expected),
            (attribution.Tenant, attribution.User, attribution.Feature, attribution.Session, attribution.Environment));
        Assert.Equal(expected == "body" ? null : expected, attribution.Team);
        Assert.Equal(expected, attribution.Tags.GetValueOrDefault("t"));
        // Each source's own tag is there beside it.
        Assert.Equal(sources.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), attribution.Tags.Keys.Where(static name => name != "t").Order());
        Assert.Equal(sources.Contains("key") ? "k1" : null, attribution.ApiKeyId);
        Assert.Equal("/up/*", attribution.Route);
    }

    [Fact]
    public void Tags_OverTheBound_LoseThoseOfTheLaterSource()
    {
        var key = new VouchedAttribution { Tags = Enumerable.Range(0, 15).ToDictionary(static i => $"k{i:00}", static _ => "1") };
        var headers = new CallerHeaders();
        headers.Take("tags", "a=1, b=2, k00=mine");

        var tags = new CallerAttribution(new CallerKey(new byte[32]), null, _dropped.Add)
            .Of(headers, default, default, "/", Identification.Nothing with { Key = key, KeyId = "k1" }).Tags;

        Assert.Equal((16, "1", "1", false), (tags.Count, tags["a"], tags["k00"], tags.ContainsKey("b")));
        Assert.Equal([DropReason.TooMany], _dropped);
    }

    [Theory]
    [InlineData("""{"model":"m","metadata":{"cost":"c1","other":"prose","n":5}}""", "c1")]
    [InlineData("""{"metadata":{"cost":"c1"}, broken""", "c1")]
    [InlineData("""{"metadata":{"cost":5}}""", null)]
    [InlineData("""{"metadata":{"cost":"\ud800"}}""", null)]
    [InlineData("""{"metadata":{"cost":"a\nb"}}""", null)]
    [InlineData("""{"metadata":"cost"}""", null)]
    [InlineData("""{"messages":[{"metadata":{"cost":"c1"}}]}""", null)]
    [InlineData("""[]""", null)]
    [InlineData("""{"metadata":{"cost":"c1" """, null)]
    [InlineData("", null)]
    public void MetadataTags_OnlyNamedOnesOfTheRoot_AreTaken(string body, string? expected)
    {
        var tags = new MetadataTags(["cost"], _dropped.Add).Read(System.Text.Encoding.UTF8.GetBytes(body));

        Assert.Equal(expected, tags?.GetValueOrDefault("cost"));
        Assert.False(tags?.ContainsKey("other") ?? false);
    }

    private Schemas.Attribution Of(string sources)
    {
        var headers = new CallerHeaders();
        if (sources.Contains("header"))
        {
            foreach (var name in new[] { "tenant", "team", "user", "feature", "session", "environment" }) headers.Take(name, "header");
            headers.Take("tags", "t=header, header=1");
        }

        var metadata = sources.Contains("body") ? new MetadataAttribution("body", "slug", "body", "body", "body", "body") : default;
        var identified = Identification.Nothing;
        if (sources.Contains("key")) identified = identified with { Key = Vouched("key"), KeyId = "k1" };
        if (sources.Contains("token")) identified = identified with { Token = Vouched("token") };
        var metadataTags = sources.Contains("body") ? new Dictionary<string, string> { ["t"] = "body", ["body"] = "1" } : null;
        return new CallerAttribution(new CallerKey(new byte[32]), null, _dropped.Add).Of(headers, metadata, default, "/up/*", identified, metadataTags);
    }

    private static VouchedAttribution Vouched(string by) => new()
    {
        Tenant = by, Team = by, User = by, Feature = by, Session = by, Environment = by, Tags = new Dictionary<string, string> { ["t"] = by, [by] = "1" },
    };
}
