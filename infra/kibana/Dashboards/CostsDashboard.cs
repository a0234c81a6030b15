using Pipeline.Kibana.Panels;
using static Pipeline.Kibana.Dashboards.Metrics;
using static Pipeline.Kibana.Fields.DocumentFields;

namespace Pipeline.Kibana.Dashboards;

/// <summary>Money by everything it can be attributed to.</summary>
internal static class CostsDashboard
{
    private static readonly Metric CostPerCall = new("Cost per priced call (USD)", new Average(NetTotal, InDollars & !CostIsUncertain),
        NumberFormat.Dollars);

    public static readonly Dashboard Definition = new("llm-usage-costs", "LLM usage: Costs", "Money by model, team, user, feature and provider.",
    [
        new Row(7,
            new Panel("cost", "Cost", 12, new Tile(NetCost, ListCost), "Net cost, and the same calls at list price, in US dollars."),
            new Panel("cost-per-call", "Cost of a call", 12, new Tile(CostPerCall), "Average over calls that are priced or free."),
            new Panel("uncertain-cost", "Cost not certain", 12,
                new Tile(UncertainCalls, UncertainShare), "These calls are not in the sums, or not wholly."),
            new Panel("spenders", "Users with cost", 12,
                new Tile(new Metric("Users", new DistinctCount(User, Condition.Exists(NetTotal)), NumberFormat.Whole)),
                "Distinct users of calls that have a cost.")),
        new Row(14,
            new Panel("cost-by-team", "Cost over time by team", 24,
                new TimeChart(SeriesShape.StackedBars, [NetCost], new TopValues(Team, "Team", 10, NetCost, WithOther: true)),
                "The teams that cost most in the whole time range; all others as one."),
            new Panel("running-total", "Cost so far", 24,
                new TimeChart(SeriesShape.Line,
                    [new Metric("Cost so far (USD)", new RunningTotal(new Sum(NetTotal, InDollars)), NumberFormat.Dollars)]),
                "From the beginning of the time range.")),
        new Row(14,
            new Panel("team-and-model", "Cost by team and model", 24,
                new Heatmap(new TopValues(Team, "Team", 15, NetCost), new TopValues(ResponseModel, "Model that answered", 10, NetCost), NetCost),
                "Net cost in US dollars."),
            new Panel("by-provider", "Cost by provider", 12,
                new Donut(new TopValues(Provider, "Provider", 8, NetCost, WithOther: true), NetCost), "Who is paid."),
            new Panel("by-environment", "Cost by environment", 12,
                new Donut(new TopValues(CallEnvironment, "Environment", 8, NetCost, WithOther: true), NetCost), "As the caller names it.")),
        new Row(14,
            new Panel("by-model", "By model", 24,
                new Table([new TopValues(ResponseModel, "Model that answered", 50, NetCost)],
                    [NetCost, ListCost, Calls, InputTokens, OutputTokens, UncertainCalls]),
                "Models that only have calls of uncertain cost come last and show no cost."),
            new Panel("by-user", "By user", 24,
                new Table([new TopValues(User, "User", 50, NetCost), new TopValues(Team, "Team", 5, NetCost)], [NetCost, Calls, UncertainCalls]),
                "The 50 users that cost most.")),
        new Row(12,
            new Panel("by-feature", "By feature", 24,
                new Table([new TopValues(Feature, "Feature", 50, NetCost)], [NetCost, CostPerCall, Calls, UncertainCalls]),
                "As the caller names it."),
            new Panel("by-currency", "By currency", 24,
                new Table(
                    [new TopValues(Currency, "Currency", 20, Calls)],
                    [
                        Calls,
                        new Metric("Net", new Sum(NetTotal, UnknownAtZero: true), NumberFormat.Money),
                        new Metric("List", new Sum(ListTotal, UnknownAtZero: true), NumberFormat.Money),
                    ]),
                "All other panels sum US dollars only; what is charged in another currency stands here.")),
    ]);
}
