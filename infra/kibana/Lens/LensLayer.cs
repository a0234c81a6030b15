using System.Text.Json.Nodes;
using Pipeline.Kibana.Panels;

namespace Pipeline.Kibana.Lens;

/// <summary>The one layer of a panel: its columns, buckets first, in the order in which Elasticsearch nests them.</summary>
internal sealed class LensLayer
{
    public const string Id = "main";

    private readonly JsonObject _columns = [];
    private readonly List<string> _order = [];
    private readonly List<string> _buckets = [];
    private readonly List<string> _metrics = [];

    private LensLayer()
    {
    }

    /// <summary>Ids of the groupings' columns, as given.</summary>
    public IReadOnlyList<string> Buckets => _buckets;

    /// <summary>Ids of the metrics' columns, as given.</summary>
    public IReadOnlyList<string> Metrics => _metrics;

    public static LensLayer Of(IReadOnlyList<Grouping> groupings, IReadOnlyList<Metric> metrics)
    {
        var layer = new LensLayer();
        for (var i = 0; i < groupings.Count; i++)
        {
            if (i > 0 && groupings[i] is TopValues { WithOther: true }) throw new InvalidOperationException("others as one group: on the first grouping only");
            layer._buckets.Add(layer.Add($"b{i}", Columns.Bucket(groupings[i], metrics)));
        }

        for (var i = 0; i < metrics.Count; i++) layer.Add(Columns.MetricId(i), metrics[i]);
        return layer;
    }

    public JsonObject ToJson() => new()
    {
        ["columns"] = _columns,
        ["columnOrder"] = Json.Array(_order),
        ["incompleteColumns"] = new JsonObject(),
        ["sampling"] = 1,
    };

    private string Add(string id, JsonObject column)
    {
        _columns[id] = column;
        _order.Add(id);
        return id;
    }

    private void Add(string id, Metric metric)
    {
        _metrics.Add(id);
        switch (metric.Value)
        {
            case Figure figure:
                Add(id, Columns.Figure(metric.Label, figure, metric.Format));
                break;
            case RunningTotal total:
                Add(id, Columns.RunningTotal(metric, $"{id}X0"));
                Add($"{id}X0", Columns.Part(metric.Label, total.Of));
                break;
            case Quotient quotient:
                Add(id, Columns.Formula(metric, quotient, $"{id}X2"));
                Add($"{id}X0", Columns.Part(metric.Label, quotient.Dividend));
                Add($"{id}X1", Columns.Part(metric.Label, quotient.Divisor));
                Add($"{id}X2", Columns.Division(metric.Label, quotient, $"{id}X0", $"{id}X1"));
                break;
            default:
                throw new InvalidOperationException($"no columns for {metric.Value.GetType().Name}");
        }
    }
}
