using Pipeline.Docs;
using Xunit;

namespace Pipeline.Infra.Tests.Docs;

/// <summary>The pages that are made from the code cannot part from it: any difference, in either direction, is found.</summary>
public sealed class GeneratedPagesTests
{
    private const string Options = "docs/options.md", Metrics = "docs/metrics.md";

    [Theory, InlineData(Options), InlineData(Metrics)]
    public void Page_AsCommitted_IsWhatTheCodeSays(string page) => Assert.True(IsCurrent(page, Repository.Read(page)), $"{page} is not what the code says: run `dotnet run --project docs/generator`");

    /// <summary>Page, and what of it is changed into what.</summary>
    [Theory]
    [InlineData(Options, "`Provisioning:Timeout`", "`Provisioning:Limit`")]
    [InlineData(Options, "--provision", "--provisions")]
    [InlineData(Options, "`Gateway:Spool:MaxBytes`", "`Gateway:Spool:MaximalBytes`")]
    [InlineData(Metrics, "pipeline_spool_unshipped_bytes", "pipeline_spool_left_bytes")]
    [InlineData(Metrics, "| gauge |", "| counter |")]
    public void Page_SeededFault_IsFound(string page, string from, string to)
    {
        var clean = OfCode(page);
        Assert.Contains(from, clean);
        Assert.False(IsCurrent(page, clean.Replace(from, to, StringComparison.Ordinal)));
    }

    private static bool IsCurrent(string page, string text) => text == OfCode(page);

    private static string OfCode(string page) => page == Options ? OptionsPage.Text() : MetricsPage.Text();
}
