using System.Text.RegularExpressions;
using Xunit;

namespace Pipeline.Infra.Tests.Docs;

/// <summary>Links inside the repository lead somewhere: the file is there, and has the heading.</summary>
public sealed partial class LinkTests
{
    private static readonly string[] Pages =
        ["README.md", .. Directory.GetFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories).Select(static file => Path.GetRelativePath(Repository.Root, file)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Names => [.. Pages];

    [Theory, MemberData(nameof(Names))]
    public void Links_OfAPage_LeadSomewhere(string page)
    {
        var findings = Findings(page, Repository.Read(page)).ToList();
        Assert.True(findings.Count == 0, string.Join('\n', findings));
    }

    [Theory]
    [InlineData("README.md", "](docs/options.md)", "](docs/option.md)", "docs/option.md is not there")]
    [InlineData("docs/operations.md", "](decisions/0015", "](decisions/9915", "9915")]
    [InlineData("docs/operations.md", "](#pipelinepartitionsstopped)", "](#partitionsstopped)", "no heading partitionsstopped")]
    public void Links_SeededFault_IsFound(string page, string from, string to, string mentioned)
    {
        var clean = Repository.Read(page);
        Assert.Contains(from, clean);
        Assert.Contains(Findings(page, clean.Replace(from, to, StringComparison.Ordinal)), finding => finding.Contains(mentioned, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Findings(string page, string text)
    {
        foreach (Match link in Link().Matches(CodeBlock().Replace(text, "")))
        {
            var (target, heading) = (link.Groups["target"].Value, link.Groups["heading"].Value);
            var file = target.Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, target);
            if (!Path.Exists(Repository.PathOf(file))) yield return $"{page}: {target} is not there";
            else if (heading.Length > 0 && !Headings(target.Length == 0 ? text : Repository.Read(file)).Contains(heading)) yield return $"{page}: {target} has no heading {heading}";
        }
    }

    private static IEnumerable<string> Headings(string text) =>
        Heading().Matches(text).Select(static heading => NotInAnchors().Replace(heading.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"\]\((?!https?:)(?<target>[^)#\s]*)(#(?<heading>[^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^a-z0-9 _-]")]
    private static partial Regex NotInAnchors();
}
