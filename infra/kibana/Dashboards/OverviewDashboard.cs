using Pipeline.Kibana.Panels;
using static Pipeline.Kibana.Dashboards.Metrics;
using static Pipeline.Kibana.Fields.DocumentFields;

namespace Pipeline.Kibana.Dashboards;

/// <summary>What was spent, by whom, and how much of that is not known.</summary>
internal static class OverviewDashboard
{
    private const int MaxModels = 10;
    private const int MaxTeams = 10;

    public static readonly Dashboard Definition = new("llm-usage-overview", "LLM usage: Overview",
        "Who spent how many tokens, dollars and grams of CO2 on what.",
    [
        new Row(7,
            new Panel("cost", "Cost", 10,
                new Tile(NetCost, ListCost),
                "Net cost of the calls that have a price, in US dollars. What has no price is counted beside it."),
            new Panel("calls", "Calls", 10, new Tile(Calls, FailedShare), "Every attempt to call a provider, failed ones included."),
            new Panel("uncertain-cost", "Cost not certain", 9, new Tile(UncertainCalls, UncertainShare),
                "Calls whose cost is not known, or only in part: no price, no usage figures, or a tier without a price. The sums lack it."),
            new Panel("tokens", "Tokens", 9,
                new Tile(InputTokens, OutputTokens), "As the provider counts: cached tokens are input, reasoning tokens are output."),
            new Panel("co2", "CO2e", 10,
                new Tile(Co2Min, Co2Max), "Estimated greenhouse gases as a range; calls without an estimate are not in it.")),
        new Row(14,
            new Panel("cost-by-model", "Cost over time by model", 32,
                new TimeChart(SeriesShape.StackedBars, [NetCost],
                    new TopValues(ResponseModel, "Model that answered", MaxModels, NetCost, WithOther: true)),
                "The models that cost most in the whole time range; all others as one."),
            new Panel("cost-by-team", "Cost by team", 16,
                new Donut(new TopValues(Team, "Team", MaxTeams, NetCost, WithOther: true), NetCost),
                "Calls without a team are shown as such.")),
        new Row(14,
            new Panel("who-spent-what", "Who spent what", 48,
                new Table(
                    [new TopValues(Tenant, "Tenant", 20, NetCost), new TopValues(Team, "Team", 20, NetCost)],
                    [NetCost, Calls, InputTokens, OutputTokens, Co2Min, Co2Max, UncertainCalls]),
                "The last column counts the calls that the cost does not hold, or only in part.")),
        new Row(12,
            new Panel("calls-by-cost-status", "Calls over time by cost status", 24,
                new TimeChart(SeriesShape.StackedBars, [Calls], new TopValues(CostStatus, "Cost status", 10, Calls)),
                "All but priced and free is money that is not known for certain."),
            new Panel("co2-over-time", "CO2e over time", 24,
                new TimeChart(SeriesShape.Line, [Co2Min, Co2Max]), "Lower and upper end of the estimate.")),
    ]);
}
