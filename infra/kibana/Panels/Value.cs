using Pipeline.Kibana.Fields;

namespace Pipeline.Kibana.Panels;

/// <summary>What one cell shows.</summary>
internal abstract record Value;

/// <summary>A figure that Elasticsearch works out over documents.</summary>
/// <param name="Where">Null = all of them.</param>
internal abstract record Figure(Condition? Where) : Value;

internal sealed record Count(Condition? Where = null) : Figure(Where);

/// <param name="UnknownAtZero">
/// A sum of 0 is shown as nothing: where documents may lack the field, 0 would claim to know what is unknown.
/// </param>
internal sealed record Sum(Measure Of, Condition? Where = null, bool UnknownAtZero = false) : Figure(Where);

internal sealed record Average(Measure Of, Condition? Where = null) : Figure(Where);

/// <param name="Percent">Above 0, below 100.</param>
internal sealed record Percentile(Measure Of, int Percent, Condition? Where = null) : Figure(Where);

/// <summary>Approximate above some 3000 values.</summary>
internal sealed record DistinctCount(Dimension Of, Condition? Where = null) : Figure(Where);

/// <summary>The figure summed over the time buckets so far.</summary>
internal sealed record RunningTotal(Figure Of) : Value;

/// <summary>Arithmetic over figures, done by Kibana. No value where it would divide by 0.</summary>
internal sealed record Quotient(Figure Dividend, Figure Divisor) : Value;

/// <param name="Label">With the unit, where the format does not show it.</param>
internal sealed record Metric(string Label, Value Value, NumberFormat Format)
{
    public Metric Named(string label) => this with { Label = label };
}
