using Pipeline.Kibana.Dashboards;

namespace Pipeline.Kibana.Lens;

/// <summary>
/// What Kibana imports: one saved object a line, the same bytes for the same definitions. Kept as one file an object, because a cluster's
/// configuration takes no larger ones; one behind the other they are the import.
/// </summary>
internal static class ImportFile
{
    public const string Folder = "objects";

    /// <summary>File names in the order of the import, each with its one line.</summary>
    public static IReadOnlyList<(string Name, string Text)> Parts() =>
    [
        ("0-data-view.ndjson", Json.Text(SavedObjects.DataView()) + "\n"),
        .. AllDashboards.Definitions.Select(static (dashboard, index) =>
            ($"{index + 1}-{dashboard.Id["llm-usage-".Length..]}.ndjson", Json.Text(SavedObjects.Dashboard(dashboard)) + "\n")),
    ];

    public static string Text() => string.Concat(Parts().Select(static part => part.Text));
}
