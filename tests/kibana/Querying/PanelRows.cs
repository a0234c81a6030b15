using System.Globalization;
using System.Text.Json;
using Pipeline.Kibana.Checking;

namespace Pipeline.Kibana.Tests.Querying;

/// <summary>One line of what a panel shows: its groups, and the metrics that are seen.</summary>
internal sealed record Row(IReadOnlyList<string> Keys, IReadOnlyList<double?> Values)
{
    public const string Missing = "(missing)";
    public const string Other = "(other)";

    public override string ToString() =>
        $"{string.Join(" / ", Keys)}: {string.Join("; ", Values.Select(static value => value?.ToString("R", CultureInfo.InvariantCulture) ?? "-"))}";
}

/// <summary>Answers of Elasticsearch as the rows of the panel, with what Kibana works out after the search.</summary>
internal static class PanelRows
{
    /// <param name="search">Sends a request and gives back the whole answer.</param>
    public static IReadOnlyList<Row> Of(PanelQuery query, Func<System.Text.Json.Nodes.JsonObject, JsonElement> search)
    {
        var found = new List<(List<string> Keys, Dictionary<string, double?> Values)>();
        var answer = search(query.Request());
        Collect(query, AsBucket(answer), query.Buckets, [], found);
        if (query.Buckets.Count > 0 && query.Columns.At(query.Buckets[0], "params", "otherBucket").IsTrue())
        {
            var top = answer.At("aggregations", query.Buckets[0], "buckets").Items().Select(KeyOf).ToList();
            var others = search(query.OthersRequest(top));
            if (others.At("hits", "total", "value").Number() > 0) Collect(query, AsBucket(others), [.. query.Buckets.Skip(1)], [Row.Other], found);
        }

        AddRunningTotals(query, found.Select(static row => row.Values));
        return [.. found.Select(row => new Row(row.Keys, [.. query.Shown.Select(id => row.Values[id])]))];
    }

    private static (JsonElement Aggregations, double Count) AsBucket(JsonElement answer) =>
        (answer.At("aggregations"), answer.At("hits", "total", "value").GetDouble());

    private static void Collect(PanelQuery query, (JsonElement Aggregations, double Count) bucket, IReadOnlyList<string> buckets, List<string> keys,
        List<(List<string>, Dictionary<string, double?>)> found)
    {
        if (buckets.Count == 0)
        {
            found.Add((keys, ValuesOf(query, bucket)));
            return;
        }

        var inner = bucket.Aggregations.At(buckets[0], "buckets");
        var named = inner.Members().Select(static one => (Key: one.Name, Bucket: one.Value));
        var listed = inner.Items().Select(static one => (Key: KeyOf(one), Bucket: one));
        foreach (var (key, one) in named.Concat(listed))
            Collect(query, (one, one.At("doc_count").GetDouble()), [.. buckets.Skip(1)], [.. keys, key == PanelQuery.Missing ? Row.Missing : key], found);
    }

    private static string KeyOf(JsonElement bucket) =>
        bucket.At("key_as_string").Text() is { } time && DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, out var day)
            ? day.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : bucket.At("key").Text() ?? bucket.At("key").GetRawText();

    private static Dictionary<string, double?> ValuesOf(PanelQuery query, (JsonElement Aggregations, double Count) bucket)
    {
        var values = new Dictionary<string, double?>();
        foreach (var column in query.Columns.Members().Where(static column => !column.Value.At("isBucketed").IsTrue()))
            values[column.Name] = Figure(column.Name, column.Value, bucket);
        foreach (var column in query.Columns.Members().Where(static column => column.Value.At("operationType").Text() == "math"))
            values[column.Name] = Divide([.. column.Value.At("params", "tinymathAst", "args").Texts().Select(id => values[id])]);
        foreach (var column in query.Columns.Members().Where(static column => column.Value.At("operationType").Text() == "formula"))
            values[column.Name] = values[column.Value.At("references").Texts().Single()];
        return values;
    }

    private static double? Figure(string id, JsonElement column, (JsonElement Aggregations, double Count) bucket)
    {
        var isFiltered = PanelQuery.IsFiltered(column);
        var operation = column.At("operationType").Text();
        var answer = isFiltered && operation != "count" ? bucket.Aggregations.At(id, PanelQuery.Filtered) : bucket.Aggregations.At(id);
        var value = operation switch
        {
            "count" => isFiltered ? answer.At("doc_count").GetDouble() : bucket.Count,
            "percentile" => Number(answer.At("values").Members().Single().Value),
            "sum" or "average" or "unique_count" => Number(answer.At("value")),
            _ => null,
        };
        return value == 0 && column.At("params", "emptyAsNull").IsTrue() ? null : value;
    }

    private static double? Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    private static double? Divide(double?[] arguments) => arguments is [{ } dividend, { } divisor] && divisor != 0 ? dividend / divisor : null;

    private static void AddRunningTotals(PanelQuery query, IEnumerable<Dictionary<string, double?>> rows)
    {
        foreach (var column in query.Columns.Members().Where(static column => column.Value.At("operationType").Text() == "cumulative_sum"))
        {
            var total = 0.0;
            foreach (var row in rows) row[column.Name] = total += row[column.Value.At("references").Texts().Single()] ?? 0;
        }
    }
}
