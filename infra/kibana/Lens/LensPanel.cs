using System.Text.Json.Nodes;
using Pipeline.Kibana.Dashboards;
using Pipeline.Kibana.Panels;

namespace Pipeline.Kibana.Lens;

/// <summary>A panel as Lens stores it, wholly inside its dashboard.</summary>
internal static class LensPanel
{
    public const string LayerReference = "indexpattern-datasource-layer-" + LensLayer.Id;

    public static JsonObject Attributes(Panel panel)
    {
        var (layer, type, visualization) = Draw(panel.Chart);
        return new JsonObject
        {
            ["title"] = panel.Title,
            ["description"] = panel.Description,
            ["visualizationType"] = type,
            ["type"] = "lens",
            ["references"] = new JsonArray(SavedObjects.DataViewReference(LayerReference)),
            ["state"] = new JsonObject
            {
                ["query"] = Json.Kql(panel.Where?.Kql ?? ""),
                ["filters"] = new JsonArray(),
                ["internalReferences"] = new JsonArray(),
                ["adHocDataViews"] = new JsonObject(),
                ["datasourceStates"] = new JsonObject
                {
                    ["formBased"] = new JsonObject { ["layers"] = new JsonObject { [LensLayer.Id] = layer.ToJson() } },
                    // Migrations of older Lens versions read this member.
                    ["indexpattern"] = new JsonObject { ["layers"] = new JsonObject() },
                    ["textBased"] = new JsonObject { ["layers"] = new JsonObject() },
                },
                ["visualization"] = visualization,
            },
        };
    }

    private static (LensLayer Layer, string Type, JsonObject Visualization) Draw(Chart chart)
    {
        switch (chart)
        {
            case Tile tile:
                Metric[] figures = tile.Secondary is { } second ? [tile.Primary, second] : [tile.Primary];
                var tileLayer = LensLayer.Of([], figures);
                return (tileLayer, "lnsMetric", Visualizations.Tile(tileLayer));
            case TimeChart { SplitBy: null } time:
                var timeLayer = LensLayer.Of([TimeSteps.Auto], time.Metrics);
                return (timeLayer, "lnsXY", Visualizations.XY(timeLayer, Visualizations.SeriesType(time.Shape), timeLayer.Buckets[0], null));
            case TimeChart { SplitBy: { } split } time:
                // The split comes first, or every time step would have top values of its own.
                var splitLayer = LensLayer.Of([split, TimeSteps.Auto], time.Metrics);
                return (splitLayer, "lnsXY", Visualizations.XY(splitLayer, Visualizations.SeriesType(time.Shape), splitLayer.Buckets[1], splitLayer.Buckets[0]));
            case BarChart bars:
                var barLayer = LensLayer.Of([bars.By], bars.Metrics);
                return (barLayer, "lnsXY", Visualizations.XY(barLayer, "bar_horizontal", barLayer.Buckets[0], null));
            case Table table:
                var tableLayer = LensLayer.Of(table.Rows, table.Metrics);
                return (tableLayer, "lnsDatatable", Visualizations.Table(tableLayer, table.Metrics.ToList().IndexOf(table.Rows[0].RankedBy)));
            case Donut donut:
                var donutLayer = LensLayer.Of([donut.By], [donut.Metric]);
                return (donutLayer, "lnsPie", Visualizations.Donut(donutLayer));
            case Heatmap map:
                var mapLayer = LensLayer.Of([map.Rows, map.Columns], [map.Metric]);
                return (mapLayer, "lnsHeatmap", Visualizations.Heatmap(mapLayer));
            default:
                throw new InvalidOperationException($"no visualization for {chart.GetType().Name}");
        }
    }
}
