using Pipeline.Kibana.Fields;

namespace Pipeline.Kibana.Panels;

/// <summary>What documents are put together by.</summary>
internal abstract record Grouping;

/// <summary>Steps of event time, as long as the time range on the page suggests.</summary>
internal sealed record TimeSteps : Grouping
{
    public static readonly TimeSteps Auto = new();
}

/// <summary>
/// The values that the ranking metric is largest for. Documents without a value are a group of their own, so that what is not attributed
/// is shown and not dropped; Kibana offers that for words only.
/// </summary>
/// <param name="RankedBy">A metric of the same chart that is a figure.</param>
/// <param name="WithOther">All further values together as one more group; only on a chart's first grouping.</param>
internal sealed record TopValues(Dimension Of, string Label, int Size, Metric RankedBy, bool WithOther = false) : Grouping;

/// <summary>Groups by conditions, in the order given.</summary>
internal sealed record Cases(string Label, IReadOnlyList<Case> All) : Grouping;

internal sealed record Case(string Label, Condition When);
