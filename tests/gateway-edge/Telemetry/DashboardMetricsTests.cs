using System.Diagnostics.Metrics;
using Pipeline.GatewayEdge.Telemetry;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Telemetry;

public sealed class DashboardMetricsTests
{
    [Fact]
    public void Tokens_AreCountedByProviderModelAndChosenLabels()
    {
        var metrics = new DashboardMetrics(new DashboardMetricOptions { Labels = ["team", "plan", "feature"] });
        metrics.Count(SampleAudits.One());
        metrics.Count(SampleAudits.One(input: 1, output: 1));
        metrics.Count(SampleAudits.One(team: "ads"));

        Assert.Equal(
            ["llm=openai model=gpt-4o-2026 team=ads plan=gold feature=unknown: 9", "llm=openai model=gpt-4o-2026 team=search plan=gold feature=unknown: 10"],
            Shown(metrics, static cell => cell.PromptTokens));
        Assert.Equal([2d, 3d], metrics.Observe(static cell => cell.CompletionTokens).Select(static one => one.Value).Order());
    }

    [Fact]
    public void NoUse_IsNotCounted()
    {
        var metrics = new DashboardMetrics(new DashboardMetricOptions());
        metrics.Count(SampleAudits.One() with { Usage = null });
        metrics.Count(SampleAudits.One() with { Operation = "retrieve" });
        metrics.Count(SampleAudits.One() with { UsageSource = UsageSource.Estimated });

        Assert.Empty(metrics.Observe(static cell => cell.PromptTokens));
    }

    [Fact]
    public void LabelSets_PastTheBound_ShareOne_AndTheSumStaysRight()
    {
        var metrics = new DashboardMetrics(new DashboardMetricOptions { Labels = ["user"], MaxLabelSets = 3 });
        for (var i = 0; i < 10; i++) metrics.Count(SampleAudits.One(model: $"m{i}"));
        metrics.Count(SampleAudits.One(model: "m0"));

        var shown = Shown(metrics, static cell => cell.PromptTokens);

        Assert.Equal(4, shown.Count);
        Assert.Contains("llm=_other model=_other user=_other: 63", shown);
        Assert.Contains("llm=openai model=m0-2026 user=ann: 18", shown);
        Assert.Equal(99, metrics.Observe(static cell => cell.PromptTokens).Sum(static one => one.Value));
    }

    [Fact]
    public void KnownLabelSet_CountsWithoutAllocating()
    {
        var metrics = new DashboardMetrics(new DashboardMetricOptions { Labels = ["team", "plan"] });
        var audit = SampleAudits.One();
        metrics.Count(audit);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) metrics.Count(audit);

        // The runtime may allocate once for itself; a call that allocates would show a thousand times.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 999);
    }

    [Theory]
    [InlineData("llm")]
    [InlineData("a-b")]
    [InlineData("1a")]
    [InlineData("")]
    public void Options_LabelThatPrometheusCannotTake_IsRefused(string label)
    {
        var options = new DashboardMetricOptions { Labels = [label] };

        Assert.NotEmpty(options.Validate(new System.ComponentModel.DataAnnotations.ValidationContext(options)));
    }

    private static List<string> Shown(DashboardMetrics metrics, Func<DashboardMetrics.Cell, long> value) =>
        [.. metrics.Observe(value).Select(static one => Text(one)).Order(StringComparer.Ordinal)];

    private static string Text(Measurement<double> one) => string.Join(' ', one.Tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}")) + $": {one.Value}";
}
