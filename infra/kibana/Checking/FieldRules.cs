using System.Globalization;
using System.Text.Json;
using Pipeline.Kibana.Fields;
using Pipeline.Kibana.Lens;

namespace Pipeline.Kibana.Checking;

/// <summary>Fields and queries against the mapping.</summary>
/// <param name="types">Dotted path to Elasticsearch type.</param>
internal sealed class FieldRules(IReadOnlyDictionary<string, string> types)
{
    private static readonly string[] Numbers = ["long", "double"];
    private static readonly string[] Groups = ["keyword", "boolean", "long"];
    private static readonly string[] Moments = ["date"];
    private static readonly string[] Any = ["keyword", "boolean", "long", "double", "date"];

    public IEnumerable<Finding> CheckLayer(string where, JsonElement layer) =>
        layer.At("columns").Members().SelectMany(column => CheckColumn($"{where}, column {column.Name}", column.Value));

    public IEnumerable<Finding> CheckQuery(string where, JsonElement query)
    {
        if (query.ValueKind == JsonValueKind.Undefined) return [];
        if (query.At("language").Text() != "kuery" || query.At("query").Text() is not { } text)
            return [new Finding(Rule.Fields, where, "a query that is not KQL")];
        try
        {
            var leaves = Kql.Parse(text)?.Leaves ?? [];
            return leaves.Select(CheckLeaf).OfType<string>().Select(wrong => new Finding(Rule.Fields, where, wrong));
        }
        catch (FormatException error)
        {
            return [new Finding(Rule.Fields, where, error.Message)];
        }
    }

    public IEnumerable<Finding> CheckControls(string where, JsonElement controls)
    {
        foreach (var control in controls.Members())
        {
            var field = control.Value.At("explicitInput", "fieldName").Text();
            if (Misfit(field, Groups) is { } wrong) yield return new Finding(Rule.Fields, $"{where}, control {control.Name}", wrong);
        }
    }

    public IEnumerable<Finding> CheckDataView(JsonElement view)
    {
        var where = FileRules.NameOf(view);
        if (Misfit(view.At("attributes", "timeFieldName").Text(), Moments) is { } wrong) yield return new Finding(Rule.Fields, where, wrong);
        foreach (var format in (JsonAt.Parse(view.At("attributes", "fieldFormatMap").Text()) ?? default).Members())
            if (Misfit(format.Name, Any) is { } unfit) yield return new Finding(Rule.Fields, where, unfit);
    }

    private IEnumerable<Finding> CheckColumn(string where, JsonElement column)
    {
        var field = column.At("sourceField").Text();
        var wrong = column.At("operationType").Text() switch
        {
            "count" => field == Columns.Records ? null : "counts something other than documents",
            "sum" or "average" or "percentile" => Misfit(field, Numbers),
            "unique_count" => Misfit(field, Any),
            "date_histogram" => Misfit(field, Moments),
            "terms" => Misfit(field, Groups) ?? MisfitOfMissing(field!, column.At("params", "missingBucket").IsTrue()),
            "filters" or "formula" or "math" or "cumulative_sum" => null,
            var unknown => $"operation {unknown} is not known here",
        };
        if (wrong is not null) yield return new Finding(Rule.Fields, where, wrong);
        foreach (var found in CheckQuery(where, column.At("filter"))) yield return found;
        foreach (var one in column.At("params", "filters").Items())
            foreach (var found in CheckQuery(where, one.At("input"))) yield return found;
    }

    private string? MisfitOfMissing(string field, bool hasGroup) =>
        hasGroup && types[field] != "keyword" ? $"{field}: a group of missing values is for words only" : null;

    private string? CheckLeaf(Kql leaf) => leaf switch
    {
        Kql.Exists exists => Misfit(exists.Field, Any),
        Kql.Compare compare => Misfit(compare.Field, Numbers) ?? (IsNumber(compare.Value) ? null : $"{compare.Field} is compared with {compare.Value}"),
        Kql.Equal equal => Misfit(equal.Field, Any) ?? (Suits(equal) ? null : $"{equal.Field} cannot be {equal.Value}"),
        _ => "a condition that is not known here",
    };

    private bool Suits(Kql.Equal equal) => types[equal.Field] switch
    {
        "boolean" => equal.Value is "true" or "false",
        "long" or "double" => IsNumber(equal.Value),
        _ => true,
    };

    private static bool IsNumber(string value) => double.TryParse(value, CultureInfo.InvariantCulture, out _);

    private string? Misfit(string? field, string[] fitting)
    {
        if (field is null) return "no field";
        if (!types.TryGetValue(field, out var type)) return $"the mapping has no field {field}";
        if (type == SinkMapping.Unsearchable) return $"{field} is not indexed";
        return fitting.Contains(type) ? null : $"{field} is mapped as {type}";
    }
}
