using System.Net;
using System.Text.RegularExpressions;
using Pipeline.AllInOne.Page;
using Pipeline.EsSink.Viewing;
using Xunit;

namespace Pipeline.AllInOne.Tests.Page;

public sealed partial class PageFilesTests : IAsyncLifetime
{
    private PageServer _page = null!;

    public async ValueTask InitializeAsync() => _page = await PageServer.Start(new DocumentView(), KnownLog.Start);

    public ValueTask DisposeAsync() => _page.DisposeAsync();

    [Fact]
    public async Task Page_AndAllItNeeds_ComesFromHere()
    {
        var seen = new HashSet<string>();
        var waiting = new Queue<string>(["/"]);
        while (waiting.TryDequeue(out var path))
        {
            if (!seen.Add(path)) continue;
            using var reply = await _page.Http.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
            Assert.Equal(PageFiles.ContentSecurityPolicy, reply.Headers.GetValues("content-security-policy").Single());
            Assert.Equal("nosniff", reply.Headers.GetValues("x-content-type-options").Single());
            var text = await reply.Content.ReadAsStringAsync();
            Assert.Empty(Violations(path, text));
            foreach (Match match in OwnFile().Matches(text)) waiting.Enqueue(match.Groups[1].Success ? match.Groups[1].Value : "/page/" + match.Groups[2].Value);
        }

        var built = typeof(PageFiles).Assembly.GetManifestResourceNames().Where(static name => name.StartsWith("Pipeline.AllInOne.Page.", StringComparison.Ordinal)).Count();
        Assert.Equal(built, seen.Count);
    }

    [Theory]
    [InlineData("<script src=\"https://cdn.example/x.js\"></script>")]
    [InlineData("@import url(//fonts.example/a.css);")]
    [InlineData("<p style=\"color:red\">")]
    [InlineData("<button onclick=\"go()\">")]
    [InlineData("<script>go()</script>")]
    [InlineData("element.innerHTML = name;")]
    public void Page_WithSuchALine_WouldBeFound(string line) => Assert.NotEmpty(Violations("page", line));

    [Fact]
    public async Task File_ThatTheBrowserHas_IsNotSentAgain()
    {
        using var first = await _page.Http.GetAsync("/page/page.js");
        using var again = new HttpRequestMessage(HttpMethod.Get, "/page/page.js");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await _page.Http.SendAsync(again);

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    private static IEnumerable<string> Violations(string path, string text) => Forbidden().Matches(text).Select(match => $"{path}: {match.Value}");

    [GeneratedRegex("""(?:href|src)="(/page/[^"]+)"|from '\./([^']+)'""")]
    private static partial Regex OwnFile();

    /// <summary>Other hosts (names of XML vocabularies are none), inline script and style, and texts read as markup.</summary>
    [GeneratedRegex("""(?:https?:)?//(?!www\.w3\.org/)[a-z0-9-]+\.[a-z]|\sstyle="|\son[a-z]+="|<script>|<style|innerHTML|insertAdjacentHTML|eval\(""")]
    private static partial Regex Forbidden();
}
