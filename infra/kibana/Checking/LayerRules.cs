using System.Text.Json;

namespace Pipeline.Kibana.Checking;

/// <summary>The columns of a layer: their order, what they are worked out from, what they are called.</summary>
internal static class LayerRules
{
    public static IEnumerable<Finding> Check(string where, JsonElement layer)
    {
        var columns = layer.At("columns");
        return CheckOrder(where, layer, columns)
            .Concat(columns.Members().SelectMany(column => CheckColumn($"{where}, column {column.Name}", column.Value, columns)));
    }

    private static IEnumerable<Finding> CheckOrder(string where, JsonElement layer, JsonElement columns)
    {
        var order = layer.At("columnOrder").Texts().ToList();
        var names = columns.Members().Select(static column => column.Name);
        if (!order.Order(StringComparer.Ordinal).SequenceEqual(names.Order(StringComparer.Ordinal)))
            yield return new Finding(Rule.ColumnOrder, where, "columnOrder does not have each column once");
        var isBucket = order.Select(id => columns.At(id, "isBucketed").IsTrue()).ToList();
        if (isBucket.SkipWhile(static bucket => bucket).Any(static bucket => bucket))
            yield return new Finding(Rule.ColumnOrder, where, "a bucket stands behind a metric");
    }

    private static IEnumerable<Finding> CheckColumn(string where, JsonElement column, JsonElement columns)
    {
        if (column.At("label").Text() is not { Length: > 0 }) yield return new Finding(Rule.Labels, where, "no label");
        var parameters = column.At("params");
        var wrong = column.At("operationType").Text() switch
        {
            "percentile" when parameters.At("percentile").Number() is not (> 0 and < 100) =>
                new Finding(Rule.Labels, where, "the percentile is not between 0 and 100"),
            "filters" when parameters.At("filters").Items().Any(static one => one.At("label").Text() is not { Length: > 0 }) =>
                new Finding(Rule.Labels, where, "a filter without a label"),
            "terms" => CheckRanking(where, parameters, columns),
            "formula" => CheckFormula(where, column, columns),
            "math" => CheckMath(where, column, columns),
            "cumulative_sum" when References(column) is not [var of] || columns.At(of).ValueKind != JsonValueKind.Object =>
                new Finding(Rule.Formula, where, "is not worked out from one column"),
            _ => null,
        };
        if (wrong is not null) yield return wrong;
    }

    private static Finding? CheckRanking(string where, JsonElement parameters, JsonElement columns)
    {
        var by = parameters.At("orderBy", "columnId").Text() ?? "";
        return columns.At(by, "operationType").Text() switch
        {
            null => new Finding(Rule.Ranking, where, $"ranked by '{by}', which is no column"),
            // Elasticsearch cannot order by what Kibana works out afterwards.
            "formula" or "math" or "cumulative_sum" or "terms" or "date_histogram" or "filters" =>
                new Finding(Rule.Ranking, where, $"ranked by '{by}', which is no figure"),
            _ when parameters.At("size").Number() is not (> 0 and <= 1000) => new Finding(Rule.Ranking, where, "the size is not between 1 and 1000"),
            _ => null,
        };
    }

    private static Finding? CheckFormula(string where, JsonElement column, JsonElement columns)
    {
        if (References(column) is not [var result] || columns.At(result, "operationType").Text() != "math")
            return new Finding(Rule.Formula, where, "does not refer to the one part that holds its result");
        var text = column.At("params", "formula").Text();
        if (text is null || text != columns.At(result, "params", "tinymathAst", "text").Text())
            return new Finding(Rule.Formula, where, "its text is not the text of its parts");
        return column.At("params", "isFormulaBroken").ValueKind == JsonValueKind.False ? null : new Finding(Rule.Formula, where, "is marked as broken");
    }

    private static Finding? CheckMath(string where, JsonElement column, JsonElement columns)
    {
        var tree = column.At("params", "tinymathAst");
        var parts = tree.At("args").Texts().ToList();
        if (!parts.SequenceEqual(References(column)) || parts.Any(part => columns.At(part).ValueKind != JsonValueKind.Object))
            return new Finding(Rule.Formula, where, "its parts are not columns of the layer");
        if (tree.At("name").Text() != "divide") return new Finding(Rule.Formula, where, "is no division");
        var spelled = string.Join(" / ", parts.Select(part => Spell(columns.At(part))));
        return spelled == tree.At("text").Text() ? null : new Finding(Rule.Formula, where, $"its parts say {spelled}");
    }

    private static string Spell(JsonElement part)
    {
        var arguments = new List<string>();
        var operation = part.At("operationType").Text();
        if (operation != "count") arguments.Add(part.At("sourceField").Text() ?? "");
        if (part.At("filter", "query").Text() is { Length: > 0 } query) arguments.Add($"kql='{query.Replace("'", "\\'")}'");
        return $"{operation}({string.Join(", ", arguments)})";
    }

    private static string[] References(JsonElement column) => [.. column.At("references").Texts()];
}
