using Pipeline.Kibana.Panels;

namespace Pipeline.Kibana.Lens;

/// <summary>A quotient in the language of Lens formulas, as its editor shows it.</summary>
internal static class FormulaText
{
    public static string Of(Quotient quotient) => $"{Of(quotient.Dividend)} / {Of(quotient.Divisor)}";

    private static string Of(Figure figure)
    {
        var (name, field) = figure switch
        {
            Count => ("count", null),
            Sum sum => ("sum", sum.Of.Path),
            _ => throw new InvalidOperationException($"no formula for {figure.GetType().Name}"),
        };
        var arguments = new List<string>();
        if (field is not null) arguments.Add(field);
        if (figure.Where is { } where) arguments.Add($"kql='{where.Kql.Replace("'", "\\'")}'");
        return $"{name}({string.Join(", ", arguments)})";
    }
}
