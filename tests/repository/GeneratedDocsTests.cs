using System.Text.RegularExpressions;
using Pipeline.Docs;
using Xunit;

namespace Pipeline.Repository.Tests;

/// <summary>docs/options.md and docs/metrics.md say what the code says.</summary>
public sealed partial class GeneratedDocsTests
{
    private const string Remedy = "run `dotnet run --project docs/generator`";

    [Fact]
    public void OptionsPage_IsWhatTheCodeSays() => Assert.True(OptionsPage.Text() == Page("options.md"), $"docs/options.md is not what the code says: {Remedy}");

    [Fact]
    public void MetricsPage_IsWhatTheCodeSays() => Assert.True(MetricsPage.Text() == Page("metrics.md"), $"docs/metrics.md is not what the code says: {Remedy}");

    [Fact]
    public void MetricsPage_HasEveryMetricThatTheSourcesMake()
    {
        var page = MetricsPage.Text();
        var sources = RepositoryFile.ReadAll().Where(static file => file.Path.StartsWith("services/", StringComparison.Ordinal) && file.Path.EndsWith(".cs", StringComparison.Ordinal));
        var made = sources.SelectMany(static file => Made().Matches(file.Text).Select(static match => match.Groups[1].Value)).ToList();

        Assert.True(made.Count > 40, $"only {made.Count} metrics are found in the sources");
        Assert.DoesNotContain(made, name => !page.Contains($"`{name}`", StringComparison.Ordinal));
    }

    private static string Page(string name) => RepositoryFile.ReadAll().Single(file => file.Path == "docs/" + name).Text;

    [GeneratedRegex("""PipelineMeter\.\w+\(\s*"(pipeline_\w+)""")]
    private static partial Regex Made();
}
