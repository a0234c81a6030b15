namespace Pipeline.Kibana.Panels;

internal abstract record Chart;

/// <summary>One or two figures, large.</summary>
internal sealed record Tile(Metric Primary, Metric? Secondary = null) : Chart;

/// <summary>Metrics over time.</summary>
/// <param name="SplitBy">One series per value, ranked over the whole time range; then one metric only.</param>
internal sealed record TimeChart(SeriesShape Shape, IReadOnlyList<Metric> Metrics, TopValues? SplitBy = null) : Chart;

/// <summary>Metrics side by side for each group.</summary>
internal sealed record BarChart(Grouping By, IReadOnlyList<Metric> Metrics) : Chart;

internal sealed record Table(IReadOnlyList<TopValues> Rows, IReadOnlyList<Metric> Metrics) : Chart;

internal sealed record Donut(TopValues By, Metric Metric) : Chart;

internal sealed record Heatmap(TopValues Rows, TopValues Columns, Metric Metric) : Chart;

internal enum SeriesShape
{
    Line,
    StackedBars,
    StackedArea,
}
