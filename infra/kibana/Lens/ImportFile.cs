using System.Text;
using Pipeline.Kibana.Dashboards;

namespace Pipeline.Kibana.Lens;

/// <summary>What Kibana imports: one saved object a line, the same bytes for the same definitions.</summary>
internal static class ImportFile
{
    public const string Name = "dashboards.ndjson";

    public static string Text()
    {
        var text = new StringBuilder();
        text.Append(Json.Text(SavedObjects.DataView())).Append('\n');
        foreach (var dashboard in AllDashboards.Definitions) text.Append(Json.Text(SavedObjects.Dashboard(dashboard))).Append('\n');
        return text.ToString();
    }
}
