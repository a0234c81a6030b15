using System.Text.Json;
using Pipeline.Kibana.Lens;

namespace Pipeline.Kibana.Checking;

/// <summary>A dashboard's panels and controls: where they lie and what they refer to.</summary>
internal static class PanelRules
{
    public static IEnumerable<Finding> Check(JsonElement dashboard, IReadOnlyList<JsonElement> panels)
    {
        var name = FileRules.NameOf(dashboard);
        return CheckIdentity(name, panels)
            .Concat(CheckGrid(name, panels))
            .Concat(panels.SelectMany(panel => CheckContent(Where(name, panel), panel)))
            .Concat(CheckReferences(name, dashboard, panels));
    }

    public static string Where(string dashboard, JsonElement panel) => $"{dashboard}, panel {panel.At("panelIndex").Text()}";

    public static JsonElement Attributes(JsonElement panel) => panel.At("embeddableConfig", "attributes");

    public static JsonElement Layers(JsonElement panel) => Attributes(panel).At("state", "datasourceStates", "formBased", "layers");

    public static JsonElement? Controls(JsonElement dashboard) => JsonAt.Parse(dashboard.At("attributes", "controlGroupInput", "panelsJSON").Text());

    private static IEnumerable<Finding> CheckIdentity(string name, IReadOnlyList<JsonElement> panels)
    {
        var ids = new HashSet<string>();
        foreach (var panel in panels)
        {
            var id = panel.At("panelIndex").Text() ?? "";
            if (id.Length == 0 || !ids.Add(id)) yield return new Finding(Rule.PanelIdentity, Where(name, panel), "no id, or one given twice");
            if (panel.At("gridData", "i").Text() != id) yield return new Finding(Rule.PanelIdentity, Where(name, panel), "gridData.i is not panelIndex");
            if (panel.At("type").Text() is not { Length: > 0 }) yield return new Finding(Rule.PanelIdentity, Where(name, panel), "no type");
        }
    }

    private static IEnumerable<Finding> CheckGrid(string name, IReadOnlyList<JsonElement> panels)
    {
        var placed = new List<GridArea>();
        foreach (var panel in panels)
        {
            var grid = panel.At("gridData");
            var area = new GridArea(grid.At("x").Number() ?? -1, grid.At("y").Number() ?? -1, grid.At("w").Number() ?? 0, grid.At("h").Number() ?? 0);
            if (area is not { X: >= 0, Y: >= 0, Width: > 0, Height: > 0 } || area.X + area.Width > Grid.Columns)
                yield return new Finding(Rule.Grid, Where(name, panel), $"lies outside the grid: {area}");
            if (placed.Any(other => Overlaps(area, other))) yield return new Finding(Rule.Grid, Where(name, panel), "lies on another panel");
            placed.Add(area);
        }
    }

    private static bool Overlaps(GridArea one, GridArea other) =>
        one.X < other.X + other.Width && other.X < one.X + one.Width && one.Y < other.Y + other.Height && other.Y < one.Y + one.Height;

    private static IEnumerable<Finding> CheckContent(string where, JsonElement panel)
    {
        var isSaved = panel.At("embeddableConfig", "savedObjectId").ValueKind != JsonValueKind.Undefined;
        if (isSaved || Attributes(panel).ValueKind != JsonValueKind.Object) yield return new Finding(Rule.ByValue, where, "not wholly inside the dashboard");
        if (Attributes(panel).At("state", "datasourceStates", "indexpattern", "layers").ValueKind != JsonValueKind.Object)
            yield return new Finding(Rule.LegacyLayers, where, "no indexpattern.layers");
    }

    private static IEnumerable<Finding> CheckReferences(string name, JsonElement dashboard, IReadOnlyList<JsonElement> panels)
    {
        var wanted = new List<string>();
        foreach (var panel in panels)
        {
            var layers = Layers(panel).Members().Select(static layer => $"indexpattern-datasource-layer-{layer.Name}").ToList();
            foreach (var difference in Differences(layers, NamesOf(Attributes(panel).At("references"))))
                yield return new Finding(Rule.ReferenceSets, Where(name, panel), difference);
            wanted.AddRange(layers.Select(layer => $"{panel.At("panelIndex").Text()}:{layer}"));
        }

        wanted.AddRange((Controls(dashboard) ?? default).Members().Select(static control => $"controlGroup_{control.Name}:optionsListDataView"));
        foreach (var difference in Differences(wanted, NamesOf(dashboard.At("references")))) yield return new Finding(Rule.ReferenceSets, name, difference);
    }

    private static List<string> NamesOf(JsonElement references) => [.. references.Items().Select(static reference => reference.At("name").Text() ?? "")];

    private static IEnumerable<string> Differences(List<string> wanted, List<string> given)
    {
        foreach (var missing in wanted.Except(given)) yield return $"no reference {missing}";
        foreach (var unknown in given.Except(wanted)) yield return $"reference {unknown} belongs to nothing";
        foreach (var twice in given.GroupBy(static reference => reference).Where(static group => group.Count() > 1)) yield return $"reference {twice.Key} is there twice";
    }
}
