using Pipeline.Kibana.Panels;
using static Pipeline.Kibana.Dashboards.Metrics;
using static Pipeline.Kibana.Fields.DocumentFields;

namespace Pipeline.Kibana.Dashboards;

/// <summary>How fast the providers are, and how they fail.</summary>
internal static class LatencyDashboard
{
    private const long Second = 1_000_000;

    private static readonly Metric RateLimited = new("Rate limited calls", new Count(IsRateLimited), NumberFormat.Whole);

    private static readonly Cases DurationBands = new("Duration",
    [
        new Case("below 1 s", Condition.Below(DurationUs, Second)),
        new Case("1 to 5 s", Condition.AtLeast(DurationUs, Second) & Condition.Below(DurationUs, 5 * Second)),
        new Case("5 to 30 s", Condition.AtLeast(DurationUs, 5 * Second) & Condition.Below(DurationUs, 30 * Second)),
        new Case("30 s and more", Condition.AtLeast(DurationUs, 30 * Second)),
    ]);

    public static readonly Dashboard Definition = new("llm-usage-latency", "LLM usage: Latency and errors", "How long calls take and how they fail.",
    [
        new Row(7,
            new Panel("duration", "Duration", 12,
                new Tile(DurationAt(50), DurationAt(95)), "Until the last byte of the reply, by the edge's clock."),
            new Panel("first-token", "Time to first token", 12,
                new Tile(FirstTokenAt(50), FirstTokenAt(95)), "Until the first byte of the reply's body."),
            new Panel("failed", "Failed calls", 12,
                new Tile(FailedShare, FailedCalls), "Everything that did not end well, cancelled calls included."),
            new Panel("rate-limited", "Rate limited", 12,
                new Tile(RateLimited, Share("Share rate limited", IsRateLimited)), "Refused by the provider for too many calls or tokens.")),
        new Row(14,
            new Panel("duration-over-time", "Duration over time", 24,
                new TimeChart(SeriesShape.Line, [DurationAt(50), DurationAt(95), DurationAt(99)]), "Percentiles over all calls."),
            new Panel("first-token-over-time", "Time to first token over time", 24,
                new TimeChart(SeriesShape.Line, [FirstTokenAt(50), FirstTokenAt(95), FirstTokenAt(99)]),
                "Percentiles over calls that had a first token.")),
        new Row(12,
            new Panel("failed-share-over-time", "Share of failed calls over time", 24,
                new TimeChart(SeriesShape.Line, [FailedShare]), "Of all calls."),
            new Panel("failures-by-outcome", "Failed calls over time by outcome", 24,
                new TimeChart(SeriesShape.StackedBars, [Calls], new TopValues(Outcome, "Outcome", 8, Calls)), "Calls that did not end well.",
                HasFailed)),
        new Row(14,
            new Panel("by-model", "By model asked for", 30,
                new Table(
                    [new TopValues(RequestModel, "Model asked for", 50, Calls)],
                    [Calls, DurationAt(50), DurationAt(95), DurationAt(99), FirstTokenAt(95), FailedShare]),
                "The model asked for, so that failed calls count too."),
            new Panel("duration-bands", "Calls by duration", 18, new BarChart(DurationBands, [Calls]), "Calls in each band.")),
        new Row(12,
            new Panel("errors", "Errors", 18,
                new Table([new TopValues(ErrorType, "Error type", 30, Calls), new TopValues(Outcome, "Outcome", 8, Calls)], [Calls]),
                "The provider's own word for the error, or the edge's.", HasFailed),
            new Panel("status-codes", "Status codes of failed calls", 10,
                new BarChart(new TopValues(StatusCode, "Status code", 10, Calls), [Calls]), "Calls without an answer have none.", HasFailed),
            new Panel("failures-by-upstream", "By upstream", 20,
                new Table([new TopValues(Upstream, "Upstream", 30, Calls)], [Calls, FailedCalls, FailedShare, RateLimited, DurationAt(95)]),
                "Every configured upstream that was called.")),
    ]);
}
