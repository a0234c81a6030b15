using System.Text.Json.Nodes;
using Pipeline.Kibana.Panels;

namespace Pipeline.Kibana.Lens;

/// <summary>The visualization part of a Lens panel: which column goes where.</summary>
internal static class Visualizations
{
    private const int TableRowsPerPage = 10;

    public static JsonObject Tile(LensLayer layer)
    {
        var tile = new JsonObject { ["layerId"] = LensLayer.Id, ["layerType"] = "data", ["metricAccessor"] = layer.Metrics[0] };
        if (layer.Metrics.Count > 1) tile["secondaryMetricAccessor"] = layer.Metrics[1];
        return tile;
    }

    public static string SeriesType(SeriesShape shape) => shape switch
    {
        SeriesShape.Line => "line",
        SeriesShape.StackedBars => "bar_stacked",
        SeriesShape.StackedArea => "area_stacked",
        _ => throw new InvalidOperationException($"no series type for {shape}"),
    };

    public static JsonObject XY(LensLayer layer, string seriesType, string xAccessor, string? splitAccessor)
    {
        var data = new JsonObject
        {
            ["layerId"] = LensLayer.Id,
            ["layerType"] = "data",
            ["seriesType"] = seriesType,
            ["xAccessor"] = xAccessor,
            ["accessors"] = Json.Array(layer.Metrics),
            ["position"] = "top",
            ["showGridlines"] = false,
        };
        if (splitAccessor is not null) data["splitAccessor"] = splitAccessor;
        return new JsonObject
        {
            ["legend"] = new JsonObject { ["isVisible"] = true, ["position"] = "right" },
            ["valueLabels"] = "hide",
            ["fittingFunction"] = "None",
            ["axisTitlesVisibilitySettings"] = Axes(x: false),
            ["tickLabelsVisibilitySettings"] = Axes(x: true),
            ["gridlinesVisibilitySettings"] = Axes(x: true),
            ["labelsOrientation"] = new JsonObject { ["x"] = 0, ["yLeft"] = 0, ["yRight"] = 0 },
            ["preferredSeriesType"] = seriesType,
            ["layers"] = new JsonArray(data),
        };
    }

    /// <param name="sortedBy">Index of the metric.</param>
    public static JsonObject Table(LensLayer layer, int sortedBy) => new()
    {
        ["layerId"] = LensLayer.Id,
        ["layerType"] = "data",
        ["columns"] = new JsonArray([.. layer.Buckets.Concat(layer.Metrics).Select(static id => (JsonNode)new JsonObject { ["columnId"] = id })]),
        ["sorting"] = new JsonObject { ["columnId"] = layer.Metrics[sortedBy], ["direction"] = "desc" },
        ["paging"] = new JsonObject { ["size"] = TableRowsPerPage, ["enabled"] = true },
    };

    public static JsonObject Donut(LensLayer layer) => new()
    {
        ["shape"] = "donut",
        ["layers"] = new JsonArray(new JsonObject
        {
            ["layerId"] = LensLayer.Id,
            ["layerType"] = "data",
            ["primaryGroups"] = Json.Array(layer.Buckets),
            ["metrics"] = Json.Array(layer.Metrics),
            ["numberDisplay"] = "percent",
            ["categoryDisplay"] = "default",
            ["legendDisplay"] = "default",
            ["nestedLegend"] = false,
        }),
    };

    public static JsonObject Heatmap(LensLayer layer) => new()
    {
        ["layerId"] = LensLayer.Id,
        ["layerType"] = "data",
        ["shape"] = "heatmap",
        ["xAccessor"] = layer.Buckets[1],
        ["yAccessor"] = layer.Buckets[0],
        ["valueAccessor"] = layer.Metrics[0],
        ["legend"] = new JsonObject { ["type"] = "heatmap_legend", ["isVisible"] = true, ["position"] = "right" },
        ["gridConfig"] = new JsonObject
        {
            ["type"] = "heatmap_grid",
            ["isCellLabelVisible"] = false,
            ["isXAxisLabelVisible"] = true,
            ["isXAxisTitleVisible"] = false,
            ["isYAxisLabelVisible"] = true,
            ["isYAxisTitleVisible"] = false,
        },
    };

    private static JsonObject Axes(bool x) => new() { ["x"] = x, ["yLeft"] = true, ["yRight"] = true };
}
