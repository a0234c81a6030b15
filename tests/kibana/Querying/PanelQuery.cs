using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Kibana.Checking;
using Pipeline.Kibana.Lens;

namespace Pipeline.Kibana.Tests.Querying;

/// <summary>
/// The search that a panel of the import file makes, read from its stored columns as Lens does: buckets nested in the order of
/// `columnOrder`, metrics inside, a column's filter around its metric. Time steps are days; Kibana would choose them by the time range.
/// </summary>
/// <param name="attributes">Of the Lens panel.</param>
/// <param name="controls">KQL of what is picked in the controls; empty for nothing.</param>
internal sealed class PanelQuery(JsonElement attributes, TimeSpan days, DateTimeOffset from, string controls)
{
    /// <summary>Key of the group of documents without a value.</summary>
    public const string Missing = "__missing__";

    /// <summary>Name of a metric inside its column's filter.</summary>
    public const string Filtered = "figure";

    public JsonElement Columns { get; } = attributes.At("state", "datasourceStates", "formBased", "layers", LensLayer.Id, "columns");

    public IReadOnlyList<string> Order { get; } = [.. attributes.At("state", "datasourceStates", "formBased", "layers", LensLayer.Id, "columnOrder").Texts()];

    public IReadOnlyList<string> Buckets => [.. Order.Where(id => Columns.At(id, "isBucketed").IsTrue())];

    /// <summary>Metrics that someone sees: not the parts that others are worked out from.</summary>
    public IReadOnlyList<string> Shown
    {
        get
        {
            var parts = Columns.Members().SelectMany(static column => column.Value.At("references").Texts()).ToHashSet();
            return [.. Order.Where(id => !Columns.At(id, "isBucketed").IsTrue() && !parts.Contains(id))];
        }
    }

    public JsonObject Request() => Request(Documents(), Buckets);

    /// <summary>The second search, for all values beyond the first grouping's top ones as one group.</summary>
    /// <param name="topValues">What the first search answered.</param>
    public JsonObject OthersRequest(IReadOnlyList<string> topValues)
    {
        var field = Columns.At(Buckets[0], "sourceField").Text()!;
        var isOther = new JsonObject { ["terms"] = new JsonObject { [field] = Json.Array(topValues.Where(static value => value != Missing)) } };
        var others = new List<JsonObject> { QueryText.Bool("filter", [Documents()]), QueryText.Bool("must_not", [isOther]) };
        if (topValues.Contains(Missing) || !Columns.At(Buckets[0], "params", "missingBucket").IsTrue())
            others.Add(new JsonObject { ["exists"] = new JsonObject { ["field"] = field } });
        return Request(QueryText.Bool("filter", others), [.. Buckets.Skip(1)]);
    }

    private JsonObject Request(JsonObject documents, IReadOnlyList<string> buckets)
    {
        var request = new JsonObject { ["size"] = 0, ["track_total_hits"] = true, ["query"] = documents };
        var aggregations = Aggregations(buckets);
        if (aggregations.Count > 0) request["aggs"] = aggregations;
        return request;
    }

    private JsonObject Documents()
    {
        var range = new JsonObject { ["gte"] = Text(from), ["lt"] = Text(from + days), ["format"] = "strict_date_optional_time" };
        return QueryText.Bool("filter",
        [
            new JsonObject { ["range"] = new JsonObject { ["@timestamp"] = range } },
            QueryText.Of(attributes.At("state", "query", "query").Text()),
            QueryText.Of(controls),
        ]);
    }

    private JsonObject Aggregations(IReadOnlyList<string> buckets)
    {
        if (buckets.Count > 0)
        {
            var bucket = Bucket(Columns.At(buckets[0]));
            var inner = Aggregations([.. buckets.Skip(1)]);
            // A bucket is ranked by a metric of its own, also where the table shows metrics further in.
            if (Columns.At(buckets[0], "params", "orderBy", "columnId").Text() is { } rank && Metric(Columns.At(rank)) is { } ranking) inner[rank] = ranking;
            if (inner.Count > 0) bucket["aggs"] = inner;
            return new JsonObject { [buckets[0]] = bucket };
        }

        var metrics = new JsonObject();
        foreach (var id in Order)
            if (!Columns.At(id, "isBucketed").IsTrue() && Metric(Columns.At(id)) is { } metric) metrics[id] = metric;
        return metrics;
    }

    private JsonObject Bucket(JsonElement column)
    {
        var parameters = column.At("params");
        switch (column.At("operationType").Text())
        {
            case "date_histogram":
                return new JsonObject
                {
                    ["date_histogram"] = new JsonObject
                    {
                        ["field"] = column.At("sourceField").Text(),
                        ["fixed_interval"] = "1d",
                        ["time_zone"] = "UTC",
                        ["min_doc_count"] = parameters.At("includeEmptyRows").IsTrue() ? 0 : 1,
                        ["extended_bounds"] = new JsonObject { ["min"] = Text(from), ["max"] = Text(from + days - TimeSpan.FromTicks(TimeSpan.TicksPerMillisecond)) },
                    },
                };
            case "terms":
                var terms = new JsonObject { ["field"] = column.At("sourceField").Text(), ["size"] = parameters.At("size").Number(), ["order"] = RankOf(parameters) };
                if (parameters.At("missingBucket").IsTrue()) terms["missing"] = Missing;
                return new JsonObject { ["terms"] = terms };
            case "filters":
                var filters = new JsonObject();
                foreach (var one in parameters.At("filters").Items()) filters[one.At("label").Text()!] = QueryText.Of(one.At("input", "query").Text());
                return new JsonObject { ["filters"] = new JsonObject { ["filters"] = filters } };
            case var unknown:
                throw new InvalidOperationException($"bucket {unknown}");
        }
    }

    private JsonObject RankOf(JsonElement parameters)
    {
        var id = parameters.At("orderBy", "columnId").Text()!;
        var column = Columns.At(id);
        var isCount = column.At("operationType").Text() == "count";
        var path = !IsFiltered(column) ? isCount ? "_count" : id : isCount ? id : $"{id}>{Filtered}";
        return new JsonObject { [path] = parameters.At("orderDirection").Text() };
    }

    /// <summary>Null for what Elasticsearch counts anyway, and for what Kibana works out itself.</summary>
    private static JsonObject? Metric(JsonElement column)
    {
        var field = new JsonObject { ["field"] = column.At("sourceField").Text() };
        var metric = column.At("operationType").Text() switch
        {
            "sum" => new JsonObject { ["sum"] = field },
            "average" => new JsonObject { ["avg"] = field },
            "unique_count" => new JsonObject { ["cardinality"] = field },
            "percentile" => Percentiles(field, column.At("params", "percentile").Number()!.Value),
            "count" or "formula" or "math" or "cumulative_sum" => null,
            var unknown => throw new InvalidOperationException($"metric {unknown}"),
        };
        if (!IsFiltered(column)) return metric;
        var filtered = new JsonObject { ["filter"] = QueryText.Of(column.At("filter", "query").Text()) };
        if (metric is not null) filtered["aggs"] = new JsonObject { [Filtered] = metric };
        return filtered;
    }

    public static bool IsFiltered(JsonElement column) => column.At("filter").ValueKind == JsonValueKind.Object;

    private static JsonObject Percentiles(JsonObject field, int percent)
    {
        field["percents"] = new JsonArray(percent);
        return new JsonObject { ["percentiles"] = field };
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture);
}
