using System.Text.Json.Nodes;
using Pipeline.Kibana.Dashboards;
using Pipeline.Kibana.Fields;
using Pipeline.Kibana.Panels;

namespace Pipeline.Kibana.Lens;

/// <summary>The data view and the dashboards as Kibana's saved objects.</summary>
internal static class SavedObjects
{
    /// <summary>
    /// The lowest versions of these types that need no migration of what is written here. Kibana brings older objects up to date and
    /// refuses newer ones, so the lowest can be imported by the most versions.
    /// </summary>
    public const string DataViewVersion = "7.11.0";

    public const string DashboardVersion = "8.9.0";

    private const string CoreVersion = "8.8.0";
    private const int MinuteMs = 60_000;

    public static JsonObject DataViewReference(string name) => new() { ["type"] = "index-pattern", ["id"] = AllDashboards.DataViewId, ["name"] = name };

    public static JsonObject DataView() => SavedObject("index-pattern", AllDashboards.DataViewId, DataViewVersion, [], new JsonObject
    {
        ["title"] = AllDashboards.IndexPattern,
        ["name"] = AllDashboards.DataViewName,
        ["timeFieldName"] = DocumentFields.Time.Path,
        // Kibana asks the indices for their fields; a list kept here would grow old.
        ["fields"] = "[]",
        ["fieldAttrs"] = "{}",
        ["fieldFormatMap"] = Json.Text(FieldFormats()),
        ["runtimeFieldMap"] = "{}",
        ["sourceFilters"] = "[]",
        ["typeMeta"] = "{}",
    });

    public static JsonObject Dashboard(Dashboard dashboard)
    {
        var panels = new JsonArray();
        var references = new JsonArray();
        foreach (var (panel, area) in Grid.Place(dashboard.Rows))
        {
            panels.Add(PanelOf(panel, area));
            references.Add(DataViewReference($"{panel.Id}:{LensPanel.LayerReference}"));
        }

        foreach (var control in AllDashboards.Controls) references.Add(DataViewReference($"controlGroup_{control.Id}:optionsListDataView"));
        return SavedObject("dashboard", dashboard.Id, DashboardVersion, references, new JsonObject
        {
            ["title"] = dashboard.Title,
            ["description"] = dashboard.Description,
            ["version"] = 2,
            ["timeRestore"] = true,
            ["timeFrom"] = "now-7d/d",
            ["timeTo"] = "now",
            ["refreshInterval"] = new JsonObject { ["pause"] = true, ["value"] = MinuteMs },
            ["kibanaSavedObjectMeta"] = new JsonObject
            {
                ["searchSourceJSON"] = Json.Text(new JsonObject { ["query"] = Json.Kql(""), ["filter"] = new JsonArray() }),
            },
            ["optionsJSON"] = Json.Text(new JsonObject
            {
                ["useMargins"] = true,
                // The same team or model has the same colour in all panels.
                ["syncColors"] = true,
                ["syncCursor"] = true,
                ["syncTooltips"] = false,
                ["hidePanelTitles"] = false,
            }),
            ["panelsJSON"] = Json.Text(panels),
            ["controlGroupInput"] = Controls(),
        });
    }

    private static JsonObject PanelOf(Panel panel, GridArea area) => new()
    {
        ["type"] = "lens",
        ["panelIndex"] = panel.Id,
        ["gridData"] = new JsonObject { ["x"] = area.X, ["y"] = area.Y, ["w"] = area.Width, ["h"] = area.Height, ["i"] = panel.Id },
        ["title"] = panel.Title,
        ["embeddableConfig"] = new JsonObject
        {
            ["hidePanelTitles"] = false,
            ["description"] = panel.Description,
            ["enhancements"] = new JsonObject(),
            ["attributes"] = LensPanel.Attributes(panel),
        },
    };

    private static JsonObject Controls()
    {
        var panels = new JsonObject();
        foreach (var (order, control) in AllDashboards.Controls.Index())
            panels[control.Id] = new JsonObject
            {
                ["order"] = order,
                ["type"] = "optionsListControl",
                ["grow"] = true,
                ["width"] = "medium",
                ["explicitInput"] = new JsonObject
                {
                    ["id"] = control.Id,
                    ["dataViewId"] = AllDashboards.DataViewId,
                    ["fieldName"] = control.Field.Path,
                    ["title"] = control.Title,
                    ["searchTechnique"] = "prefix",
                    ["selectedOptions"] = new JsonArray(),
                    ["sort"] = new JsonObject { ["by"] = "_count", ["direction"] = "desc" },
                },
            };

        return new JsonObject
        {
            ["chainingSystem"] = "HIERARCHICAL",
            ["controlStyle"] = "oneLine",
            ["ignoreParentSettingsJSON"] = Json.Text(new JsonObject
            {
                ["ignoreFilters"] = false, ["ignoreQuery"] = false, ["ignoreTimerange"] = false, ["ignoreValidations"] = false,
            }),
            ["panelsJSON"] = Json.Text(panels),
        };
    }

    /// <summary>Durations are stored in microseconds; in Discover they read as milliseconds.</summary>
    private static JsonObject FieldFormats()
    {
        var formats = new JsonObject();
        var durations = SinkMapping.Types.Where(static field => field.Value == "long" && field.Key.EndsWith("_us", StringComparison.Ordinal));
        foreach (var path in durations.Select(static field => field.Key).Order(StringComparer.Ordinal))
            formats[path] = new JsonObject
            {
                ["id"] = "duration",
                ["params"] = new JsonObject
                {
                    ["inputFormat"] = "microseconds",
                    ["outputFormat"] = "asMilliseconds",
                    ["outputPrecision"] = 0,
                    ["useShortSuffix"] = true,
                    ["includeSpaceWithSuffix"] = true,
                },
            };
        return formats;
    }

    private static JsonObject SavedObject(string type, string id, string version, JsonArray references, JsonObject attributes) => new()
    {
        ["id"] = id,
        ["type"] = type,
        ["attributes"] = attributes,
        ["references"] = references,
        ["managed"] = false,
        ["coreMigrationVersion"] = CoreVersion,
        ["typeMigrationVersion"] = version,
    };
}
