using Pipeline.Kibana.Panels;
using static Pipeline.Kibana.Dashboards.Metrics;
using static Pipeline.Kibana.Fields.DocumentFields;

namespace Pipeline.Kibana.Dashboards;

/// <summary>How far the figures of the other dashboards can be trusted.</summary>
internal static class DataQualityDashboard
{
    private static readonly Condition HasReportedCost = Condition.Exists(ProviderReportedCost);

    public static readonly Dashboard Definition = new("llm-usage-data-quality", "LLM usage: Data quality",
        "What is known, what is guessed and what is missing.",
    [
        new Row(7,
            new Panel("uncertain-cost", "Cost not certain", 12, new Tile(UncertainCalls, UncertainShare), "Neither priced nor free."),
            new Panel("reported-usage", "Usage reported by the provider", 12,
                new Tile(Share("Share reported", IsReported), new Metric("Calls with less", new Count(!IsReported), NumberFormat.Whole)),
                "The rest is partial, estimated or missing."),
            new Panel("inconsistent", "Inconsistent usage", 12,
                new Tile(new Metric("Calls", new Count(IsInconsistent), NumberFormat.Whole), Share("Share", IsInconsistent)),
                "The parts do not add up to the provider's total."),
            new Panel("mended", "Mended events", 12,
                new Tile(
                    new Metric("Clock corrected", new Count(Condition.Exists(ClockReported)), NumberFormat.Whole),
                    new Metric("Cut to size", new Count(Condition.Is(Truncated, true)), NumberFormat.Whole)),
                "Events whose edge had a wrong clock, and events that lost details because they were too large.")),
        new Row(14,
            new Panel("cost-status", "Calls over time by cost status", 24,
                new TimeChart(SeriesShape.StackedBars, [Calls], new TopValues(CostStatus, "Cost status", 10, Calls)), "How each cost came about."),
            new Panel("usage-source", "Calls over time by usage source", 24,
                new TimeChart(SeriesShape.StackedBars, [Calls], new TopValues(UsageSource, "Usage source", 8, Calls)),
                "Where the token counts come from.")),
        new Row(14,
            new Panel("unpriced-keys", "Prices that are missing", 24,
                new Table(
                    [new TopValues(PriceKey, "Price key", 50, Calls), new TopValues(CostStatus, "Cost status", 8, Calls)],
                    [Calls, InputTokens, OutputTokens]),
                "The keys to add to the catalogue, most calls first.", CostIsUncertain),
            new Panel("unpriced-dimensions", "Used without a price", 24,
                new Table([new TopValues(Unpriced, "Dimension", 30, Calls), new TopValues(ResponseModel, "Model that answered", 10, Calls)], [Calls]),
                "What was used and has no rate.", LacksARate)),
        new Row(12,
            new Panel("by-api", "By API", 28,
                new Table(
                    [new TopValues(Api, "API", 30, Calls)],
                    [Calls, Share("Share reported", IsReported), Share("Share inconsistent", IsInconsistent), UncertainShare]),
                "Which API families tell their usage."),
            new Panel("injection", "Asking for usage", 20,
                new Donut(new TopValues(UsageInjection, "Usage option", 10, Calls), Calls),
                "Whether the edge asked the provider to send usage with the stream.")),
        new Row(12,
            new Panel("catalogues", "Price catalogues", 24,
                new Table([new TopValues(CatalogueId, "Catalogue", 10, Calls), new TopValues(CatalogueVersion, "Version", 10, Calls)],
                    [Calls, NetCost]), "Which catalogue priced how much."),
            new Panel("reported-cost", "Our cost and the provider's", 24,
                new Table(
                    [new TopValues(Provider, "Provider", 20, Calls)],
                    [
                        Calls, NetCost,
                        new Metric("Reported (USD)", new Sum(ProviderReportedCost, InDollars, UnknownAtZero: true), NumberFormat.Dollars),
                    ]),
                "Only calls for which the provider told a cost.", HasReportedCost)),
    ]);
}
