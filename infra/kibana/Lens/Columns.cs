using System.Globalization;
using System.Text.Json.Nodes;
using Pipeline.Kibana.Fields;
using Pipeline.Kibana.Panels;

namespace Pipeline.Kibana.Lens;

/// <summary>The columns of a layer as Lens stores them (Kibana 8.9 and later).</summary>
internal static class Columns
{
    /// <summary>Stands for whole documents where a column counts them.</summary>
    public const string Records = "___records___";

    public static string MetricId(int index) => string.Create(CultureInfo.InvariantCulture, $"m{index}");

    public static JsonObject Bucket(Grouping grouping, IReadOnlyList<Metric> metrics) => grouping switch
    {
        TimeSteps => Column("Time", "date", "date_histogram", "interval", DocumentFields.Time.Path, isBucketed: true,
            new JsonObject { ["interval"] = "auto", ["includeEmptyRows"] = true, ["dropPartials"] = false }),
        TopValues top => Terms(top, metrics),
        Cases cases => Column(cases.Label, "string", "filters", "ordinal", null, isBucketed: true,
            new JsonObject { ["filters"] = new JsonArray([.. cases.All.Select(CaseOf)]) }),
        _ => throw new InvalidOperationException($"no column for {grouping.GetType().Name}"),
    };

    public static JsonObject Figure(string label, Figure figure, NumberFormat format)
    {
        var (operation, field, parameters) = Operation(figure);
        parameters["format"] = Formats.Of(format);
        return Filtered(Column(label, "number", operation, "ratio", field, isBucketed: false, parameters), figure.Where);
    }

    /// <summary>What a formula or a running total is worked out from; not shown.</summary>
    public static JsonObject Part(string label, Figure figure)
    {
        var (operation, field, parameters) = Operation(figure);
        return Filtered(Column($"Part of {label}", "number", operation, "ratio", field, isBucketed: false, parameters), figure.Where);
    }

    public static JsonObject RunningTotal(Metric metric, string partId)
    {
        var column = Column(metric.Label, "number", "cumulative_sum", "ratio", null, isBucketed: false, new JsonObject { ["format"] = Formats.Of(metric.Format) });
        column["references"] = new JsonArray(partId);
        return column;
    }

    public static JsonObject Formula(Metric metric, Quotient quotient, string resultId)
    {
        var parameters = new JsonObject { ["formula"] = FormulaText.Of(quotient), ["isFormulaBroken"] = false, ["format"] = Formats.Of(metric.Format) };
        var column = Column(metric.Label, "number", "formula", "ratio", null, isBucketed: false, parameters);
        column["references"] = new JsonArray(resultId);
        return column;
    }

    public static JsonObject Division(string label, Quotient quotient, string dividendId, string divisorId)
    {
        var text = FormulaText.Of(quotient);
        var tree = new JsonObject
        {
            ["type"] = "function",
            ["name"] = "divide",
            ["args"] = new JsonArray(dividendId, divisorId),
            ["location"] = new JsonObject { ["min"] = 0, ["max"] = text.Length },
            ["text"] = text,
        };
        var column = Column($"Part of {label}", "number", "math", "ratio", null, isBucketed: false, new JsonObject { ["tinymathAst"] = tree });
        column["references"] = new JsonArray(dividendId, divisorId);
        return column;
    }

    private static JsonObject Terms(TopValues top, IReadOnlyList<Metric> metrics)
    {
        var rank = metrics.ToList().IndexOf(top.RankedBy);
        if (rank < 0 || top.RankedBy.Value is not (Count or Sum))
            throw new InvalidOperationException($"{top.Label} is ranked by {top.RankedBy.Label}, which is not a count or sum of the same chart");
        return Column(top.Label, top.Of.Type, "terms", "ordinal", top.Of.Path, isBucketed: true, new JsonObject
        {
            ["size"] = top.Size,
            ["orderBy"] = new JsonObject { ["type"] = "column", ["columnId"] = MetricId(rank) },
            ["orderDirection"] = "desc",
            ["otherBucket"] = top.WithOther,
            ["missingBucket"] = top.Of.Type == "string",
            ["parentFormat"] = new JsonObject { ["id"] = "terms" },
            ["include"] = new JsonArray(),
            ["exclude"] = new JsonArray(),
            ["includeIsRegex"] = false,
            ["excludeIsRegex"] = false,
        });
    }

    private static JsonNode CaseOf(Case one) => new JsonObject { ["label"] = one.Label, ["input"] = Json.Kql(one.When.Kql) };

    private static (string Name, string Field, JsonObject Parameters) Operation(Figure figure) => figure switch
    {
        Count => ("count", Records, EmptyAsNull(false)),
        Sum sum => ("sum", sum.Of.Path, EmptyAsNull(sum.UnknownAtZero)),
        Average average => ("average", average.Of.Path, []),
        Percentile percentile => ("percentile", percentile.Of.Path, new JsonObject { ["percentile"] = percentile.Percent }),
        DistinctCount distinct => ("unique_count", distinct.Of.Path, EmptyAsNull(false)),
        _ => throw new InvalidOperationException($"no operation for {figure.GetType().Name}"),
    };

    private static JsonObject EmptyAsNull(bool value) => new() { ["emptyAsNull"] = value };

    private static JsonObject Filtered(JsonObject column, Condition? where)
    {
        if (where is not null) column["filter"] = Json.Kql(where.Kql);
        return column;
    }

    private static JsonObject Column(string label, string dataType, string operation, string scale, string? field, bool isBucketed, JsonObject parameters)
    {
        var column = new JsonObject
        {
            ["label"] = label,
            ["customLabel"] = true,
            ["dataType"] = dataType,
            ["isBucketed"] = isBucketed,
            ["operationType"] = operation,
            ["scale"] = scale,
        };
        if (field is not null) column["sourceField"] = field;
        column["params"] = parameters;
        return column;
    }
}
