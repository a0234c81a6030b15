using System.Text.Json;
using Pipeline.Kibana.Dashboards;
using Pipeline.Kibana.Fields;

namespace Pipeline.Kibana.Checking;

/// <summary>What a panel would work without, and then tell something untrue.</summary>
internal static class MeaningRules
{
    private const string Impact = "llm.impact.";

    private static readonly string[] Money = [DocumentFields.NetTotal.Path, DocumentFields.ListTotal.Path, DocumentFields.ProviderReportedCost.Path];
    private static readonly string[] CountedFields = ["llm.usage.", "gen_ai.usage.", Impact];

    public static IEnumerable<Finding> Check(string where, JsonElement layer)
    {
        var columns = layer.At("columns").Members().Select(static column => column.Value).ToList();
        var isByCurrency = columns.Any(static column =>
            column.At("operationType").Text() == "terms" && column.At("sourceField").Text() == DocumentFields.Currency.Path);
        foreach (var column in columns.Where(static column => column.At("operationType").Text() is "sum" or "average" or "percentile"))
        {
            var field = column.At("sourceField").Text() ?? "";
            if (OtherEnd(field) is { } other && !columns.Any(one => IsSameBut(one, column, other)))
                yield return new Finding(Rule.EstimateRange, where, $"{field} without {other}");
            if (Money.Contains(field) && !isByCurrency && !IsOfOneCurrency(column))
                yield return new Finding(Rule.OneCurrency, where, $"{field} over all currencies");
            if (CountedFields.Any(field.StartsWith) && !Requires(column, Metrics.IsFirstAnswer.Kql))
                yield return new Finding(Rule.CountedOnce, where, $"{field} counts an answer that is read again");
        }
    }

    private static string? OtherEnd(string field) => !field.StartsWith(Impact, StringComparison.Ordinal) ? null
        : field.EndsWith(".min", StringComparison.Ordinal) ? field[..^4] + ".max"
        : field.EndsWith(".max", StringComparison.Ordinal) ? field[..^4] + ".min"
        : null;

    private static bool IsSameBut(JsonElement one, JsonElement column, string field) =>
        one.At("sourceField").Text() == field && one.At("operationType").Text() == column.At("operationType").Text()
        && one.At("filter", "query").Text() == column.At("filter", "query").Text();

    private static bool IsOfOneCurrency(JsonElement column) =>
        Conjuncts(column).Any(static condition => condition is Kql.Equal equal && equal.Field == DocumentFields.Currency.Path);

    private static bool Requires(JsonElement column, string kql) =>
        Kql.Parse(kql)!.Conjuncts.All(wanted => Conjuncts(column).Any(condition => Same(condition, wanted)));

    private static IEnumerable<Kql> Conjuncts(JsonElement column)
    {
        try
        {
            return Kql.Parse(column.At("filter", "query").Text() ?? "")?.Conjuncts ?? [];
        }
        catch (FormatException)
        {
            // Found by the rule on fields.
            return [];
        }
    }

    /// <summary>Records with lists compare by reference.</summary>
    private static bool Same(Kql one, Kql other) => (one, other) switch
    {
        (Kql.Not a, Kql.Not b) => Same(a.Of, b.Of),
        (Kql.All a, Kql.All b) => a.Of.Count == b.Of.Count && a.Of.Zip(b.Of).All(static pair => Same(pair.First, pair.Second)),
        (Kql.Any a, Kql.Any b) => a.Of.Count == b.Of.Count && a.Of.Zip(b.Of).All(static pair => Same(pair.First, pair.Second)),
        _ => one == other,
    };
}
