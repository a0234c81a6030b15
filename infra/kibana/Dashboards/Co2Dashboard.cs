using Pipeline.Kibana.Panels;
using static Pipeline.Kibana.Dashboards.Metrics;
using static Pipeline.Kibana.Fields.DocumentFields;

namespace Pipeline.Kibana.Dashboards;

/// <summary>Estimated impacts, always as ranges, and for how much of the usage there is an estimate.</summary>
internal static class Co2Dashboard
{
    private static readonly Metric EnergyMin = Lower("Energy from (kWh)", Energy);
    private static readonly Metric EnergyMax = Upper("Energy to (kWh)", Energy);
    private static readonly Metric WaterMin = Lower("Water from (L)", Wcf);
    private static readonly Metric WaterMax = Upper("Water to (L)", Wcf);
    private static readonly Metric NotEstimated = new("Calls without an estimate", new Count(!IsEstimated), NumberFormat.Whole);

    public static readonly Dashboard Definition = new("llm-usage-co2", "LLM usage: CO2",
        "Energy, greenhouse gases and water of the calls, as ranges.",
    [
        new Row(7,
            new Panel("co2", "CO2e", 12, new Tile(Co2Min, Co2Max), "Greenhouse gases of running the models and of making the hardware."),
            new Panel("energy", "Energy", 12,
                new Tile(EnergyMin, EnergyMax), "Electricity of running the models, the data centre's share included."),
            new Panel("water", "Water", 12, new Tile(WaterMin, WaterMax), "Water consumed."),
            new Panel("coverage", "Without an estimate", 12,
                new Tile(NotEstimated, Share("Share with an estimate", IsEstimated)), "These calls are in none of the figures.")),
        new Row(14,
            new Panel("co2-over-time", "CO2e over time", 24,
                new TimeChart(SeriesShape.Line, [Co2Min, Co2Max]), "Lower and upper end of the estimate."),
            new Panel("energy-over-time", "Energy over time", 24,
                new TimeChart(SeriesShape.Line, [EnergyMin, EnergyMax]), "Lower and upper end of the estimate.")),
        new Row(14,
            new Panel("by-model", "By model", 28,
                new Table(
                    [new TopValues(ResponseModel, "Model that answered", 50, Co2Max)],
                    [
                        Co2Min, Co2Max, EnergyMin, EnergyMax, WaterMin, WaterMax,
                        Lower("Primary energy from (MJ)", Pe), Upper("Primary energy to (MJ)", Pe), NotEstimated,
                    ]),
                "Largest upper end first."),
            new Panel("by-team", "By team", 20,
                new Table([new TopValues(Team, "Team", 50, Co2Max)], [Co2Min, Co2Max, EnergyMin, EnergyMax, NotEstimated]),
                "Calls without a team are shown as such.")),
        new Row(12,
            new Panel("running-and-making", "Running and making", 24,
                new TimeChart(SeriesShape.Line,
                [
                    Lower("Running, CO2e from (kg)", UsageGwp), Upper("Running, CO2e to (kg)", UsageGwp),
                    Lower("Hardware, CO2e from (kg)", EmbodiedGwp), Upper("Hardware, CO2e to (kg)", EmbodiedGwp),
                ]),
                "Running the models, and their share in the making of the hardware."),
            new Panel("by-zone", "By electricity zone", 24,
                new Table([new TopValues(Zone, "Zone", 20, Co2Max), new TopValues(ZoneSource, "Where the zone is from", 5, Co2Max)],
                    [Co2Min, Co2Max, Calls]),
                "The same call emits more where electricity is made from coal.")),
        new Row(12,
            new Panel("status-over-time", "Calls over time by state of the estimate", 24,
                new TimeChart(SeriesShape.StackedBars, [Calls], new TopValues(ImpactStatus, "State of the estimate", 8, Calls)),
                "Only estimated has figures."),
            new Panel("methods", "Methods", 24,
                new Table([new TopValues(ImpactMethod, "Method", 5, Calls), new TopValues(ImpactVersion, "Version", 10, Calls)],
                    [Calls, Co2Min, Co2Max]), "Figures of different versions are not the same estimate.")),
    ]);
}
