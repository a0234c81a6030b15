using System.Text.RegularExpressions;
using Xunit;

namespace Pipeline.Infra.Tests;

/// <summary>infra/dev/build builds again when a source of any project has changed: each project's folder is one that it looks at.</summary>
public sealed partial class BuildScriptTests
{
    [Fact]
    public void Fingerprint_OfAll_SeesEveryProject() => Assert.Empty(Unseen(Repository.Read("infra/dev/build")));

    [Theory, InlineData("infra/kibana"), InlineData("docs/generator"), InlineData("tests"), InlineData("schemas")]
    public void Fingerprint_WithoutAFolder_IsFound(string folder) =>
        Assert.Contains(Unseen(Repository.Read("infra/dev/build").Replace($"\"$root/{folder}\"", "", StringComparison.Ordinal)), project => project.StartsWith(folder + "/", StringComparison.Ordinal));

    private static IEnumerable<string> Unseen(string script)
    {
        var folders = script.Split('\n').Where(static line => line.Contains("folders", StringComparison.Ordinal)).SelectMany(static line => Folder().Matches(line)).Select(static folder => folder.Groups[1].Value + "/").ToList();
        return Project().Matches(Repository.Read("Pipeline.sln")).Select(static project => project.Groups[1].Value.Replace('\\', '/')).Where(project => !folders.Any(folder => project.StartsWith(folder, StringComparison.Ordinal)));
    }

    [GeneratedRegex("\"\\$root/([\\w/-]+)\"")]
    private static partial Regex Folder();

    [GeneratedRegex("\"([^\"]+\\.csproj)\"")]
    private static partial Regex Project();
}
