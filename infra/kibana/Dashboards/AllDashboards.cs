using Pipeline.EsSink.Rendering;
using Pipeline.Kibana.Fields;
using Pipeline.Kibana.Panels;

namespace Pipeline.Kibana.Dashboards;

/// <summary>Everything that is imported.</summary>
internal static class AllDashboards
{
    /// <summary>Of the data view; readable, so that links and other dashboards can name it.</summary>
    public const string DataViewId = "llm-usage";

    public const string DataViewName = "LLM usage";

    public const string IndexPattern = DayIndex.Pattern;

    /// <summary>
    /// The model is the one asked for: failed calls have no model that answered, and a filter by it would hide them.
    /// </summary>
    public static readonly IReadOnlyList<Control> Controls =
    [
        new Control("tenant", "Tenant", DocumentFields.Tenant),
        new Control("team", "Team", DocumentFields.Team),
        new Control("model", "Model asked for", DocumentFields.RequestModel),
    ];

    public static readonly IReadOnlyList<Dashboard> Definitions =
    [
        OverviewDashboard.Definition,
        CostsDashboard.Definition,
        RequestsDashboard.Definition,
        LatencyDashboard.Definition,
        Co2Dashboard.Definition,
        DataQualityDashboard.Definition,
    ];
}
