using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Pricing;

public sealed class CatalogueFindTests
{
    [Theory]
    [InlineData("acme", "acme-plain", "acme/acme-plain")]
    [InlineData("  ACME ", "ACME-Plain", "acme/acme-plain")]
    [InlineData("my-acme-proxy", "acme-plain", "acme/acme-plain")]
    [InlineData("resale", "own-model", "reseller/own-model")]
    [InlineData("re-anything", "own-model", "reseller/own-model")]
    [InlineData("acme", "acme-plain-20991231", "acme/acme-plain")]
    [InlineData("acme", "acme-last7", "acme/acme-last")]
    [InlineData("acme", "acme-of-audio", "acme/acme-audio")]
    [InlineData("acme", "my-EARS-model", "acme/acme-ears")]
    public void Find_ByProviderAndName_TakesTheFirstMatch(string provider, string model, string expected) =>
        Assert.Equal(expected, Find(provider, model));

    [Theory]
    [InlineData("nobody", "acme-plain", "provider?")]
    [InlineData("", "acme-plain", "provider?")]
    [InlineData(null, "", "provider?")]
    [InlineData(null, "unknown", "provider?")]
    [InlineData("acme", "", "acme/?")]
    [InlineData("acme", "acme-last", "acme/?")]
    [InlineData("acme", "xacme-plain", "acme/?")]
    public void Find_WithoutMatch_SaysWhatIsMissing(string? provider, string model, string expected) =>
        Assert.Equal(expected, Find(provider, model));

    [Theory]
    [InlineData(null, "acme-plain", "acme/acme-plain")]
    [InlineData(null, "Other-X", "second/second-x")]
    [InlineData(null, "acme-x", "acme/?")]
    public void Find_WithoutProvider_AsksWhoSellsTheModel(string? provider, string model, string expected) =>
        Assert.Equal(expected, Find(provider, model));

    [Theory]
    [InlineData("https://api.acme.test/v1", "acme/acme-plain")]
    [InlineData("https://eu.reseller.test", "reseller/acme-plain")]
    [InlineData("https://eu.reseller.test.evil", "provider?")]
    [InlineData("xhttps://api.acme.test/v1", "provider?")]
    [InlineData("", "provider?")]
    public void Find_WithUrl_MatchesItsStart(string url, string expected) => Assert.Equal(expected, Find(null, "acme-plain", url));

    [Fact]
    public void Find_WithProviderAndUrl_IgnoresTheUrl() => Assert.Equal("acme/acme-plain", Find("acme", "acme-plain", "https://eu.reseller.test"));

    [Theory]
    [InlineData("litellm", "acme/acme-plain", "acme/acme-plain")]
    [InlineData("LiteLLM", "Resale/own-model", "reseller/own-model")]
    [InlineData("litellm", "acme-plain", "acme/acme-plain")]
    [InlineData("litellm", "nobody/acme-plain", "provider?")]
    [InlineData("litellm", "nobody/b-x", "second/second-x")]
    [InlineData("litellm", "/acme-plain", "provider?")]
    [InlineData("litellm", "acme/", "acme/?")]
    public void Find_ThroughRouter_ReadsTheProviderFromTheName(string provider, string model, string expected) =>
        Assert.Equal(expected, Find(provider, model));

    [Fact]
    public void Find_ThroughRouterWithUrl_FallsBackToTheUrl() =>
        Assert.Equal("acme/acme-plain", Find("litellm", "acme-plain", "https://api.acme.test"));

    [Fact]
    public void Find_OfAnotherProvidersModel_BorrowsItButNamesWhoWasAsked()
    {
        var answer = TestCatalogue.Instance.Find("reseller", "acme-plain");
        Assert.Equal(("reseller", "acme-plain", true), (answer.Provider!.Id, answer.Model!.Id, answer.IsBorrowed));
    }

    [Fact]
    public void Find_ThroughFallbackOfAFallback_FindsNothing() => Assert.Equal("second/?", Find("second", "acme-plain"));

    [Theory]
    [InlineData("acme-dash-20251211", "acme/acme-dash-date")]
    [InlineData("acme-dash-20251399", "acme/?")]
    [InlineData("acme-dash-20250229", "acme/?")]
    [InlineData("acme-dash-202512110", "acme/?")]
    [InlineData("acme-dash-19991211", "acme/?")]
    public void Find_WithCompactDate_WritesItOut(string model, string expected) => Assert.Equal(expected, Find("acme", model));

    [Fact]
    public void Find_WithCompactDateOfABorrowedModel_WritesItOut() => Assert.Equal("reseller/acme-dash-date", Find("reseller", "acme-dash-20251211"));

    private static string Find(string? provider, string model, string? url = null)
    {
        var answer = TestCatalogue.Instance.Find(provider, model, url);
        return answer.Provider is null ? "provider?" : $"{answer.Provider.Id}/{answer.Model?.Id ?? "?"}";
    }
}
