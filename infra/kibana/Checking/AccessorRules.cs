using System.Text.Json;

namespace Pipeline.Kibana.Checking;

/// <summary>Visualizations and the columns that they show.</summary>
internal static class AccessorRules
{
    private static readonly string[] SeriesTypes = ["bar", "line", "area", "bar_stacked", "area_stacked", "bar_horizontal", "bar_horizontal_stacked"];

    /// <summary>Each column of the layers that someone is meant to see is shown, and nothing else is.</summary>
    public static IEnumerable<Finding> Check(string where, JsonElement attributes, JsonElement layers)
    {
        var visualization = attributes.At("state", "visualization");
        switch (attributes.At("visualizationType").Text())
        {
            case "lnsMetric":
                return CheckLayer(where, visualization, layers,
                    [.. Single(visualization, "metricAccessor"), .. Optional(visualization, "secondaryMetricAccessor")]);
            case "lnsXY":
                return CheckXY(where, visualization, layers);
            case "lnsDatatable":
                string[] shown = [.. visualization.At("columns").Items().Select(static column => column.At("columnId").Text() ?? "")];
                return CheckLayer(where, visualization, layers, shown)
                    .Concat(CheckColumns(where, layers, visualization.At("layerId").Text() ?? "", Optional(visualization.At("sorting"), "columnId")));
            case "lnsPie":
                return visualization.At("layers").Items().SelectMany(layer =>
                    CheckLayer(where, layer, layers, [.. layer.At("primaryGroups").Texts(), .. layer.At("metrics").Texts()]));
            case "lnsHeatmap":
                return CheckLayer(where, visualization, layers,
                    [.. Single(visualization, "xAccessor"), .. Single(visualization, "yAccessor"), .. Single(visualization, "valueAccessor")]);
            case var unknown:
                return [new Finding(Rule.Accessors, where, $"visualization {unknown} is not known here")];
        }
    }

    private static IEnumerable<Finding> CheckXY(string where, JsonElement visualization, JsonElement layers)
    {
        if (!SeriesTypes.Contains(visualization.At("preferredSeriesType").Text()))
            yield return new Finding(Rule.Accessors, where, "no preferredSeriesType that is known here");
        foreach (var layer in visualization.At("layers").Items())
        {
            if (!SeriesTypes.Contains(layer.At("seriesType").Text()))
                yield return new Finding(Rule.Accessors, where, "a seriesType that is not known here");
            string[] shown = [.. Single(layer, "xAccessor"), .. Optional(layer, "splitAccessor"), .. layer.At("accessors").Texts()];
            foreach (var found in CheckLayer(where, layer, layers, shown)) yield return found;
        }
    }

    private static IEnumerable<Finding> CheckLayer(string where, JsonElement part, JsonElement layers, string[] shown)
    {
        var id = part.At("layerId").Text() ?? "";
        foreach (var found in CheckColumns(where, layers, id, shown)) yield return found;
        var columns = layers.At(id, "columns");
        var hidden = columns.Members().SelectMany(static column => column.Value.At("references").Texts()).ToHashSet();
        foreach (var column in columns.Members().Where(column => !hidden.Contains(column.Name) && !shown.Contains(column.Name)))
            yield return new Finding(Rule.Accessors, where, $"column {column.Name} is not shown");
    }

    private static IEnumerable<Finding> CheckColumns(string where, JsonElement layers, string layerId, string[] shown)
    {
        var columns = layers.At(layerId, "columns");
        if (columns.ValueKind != JsonValueKind.Object) yield return new Finding(Rule.Accessors, where, $"there is no layer '{layerId}'");
        foreach (var id in shown.Where(id => columns.At(id).ValueKind != JsonValueKind.Object))
            yield return new Finding(Rule.Accessors, where, $"shows '{id}', which is no column");
    }

    private static string[] Single(JsonElement node, string member) => [node.At(member).Text() ?? ""];

    private static string[] Optional(JsonElement node, string member) => node.At(member).Text() is { } id ? [id] : [];
}
