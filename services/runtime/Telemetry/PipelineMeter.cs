using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Pipeline.Runtime.Telemetry;

/// <summary>One metric as docs/metrics.md shows it.</summary>
/// <param name="Kind">counter, gauge or histogram.</param>
/// <param name="Labels">Label names in the order in which measurements give their tags.</param>
public sealed record MetricDefinition(string Name, string Kind, string Help, IReadOnlyList<string> Labels);

/// <summary>
/// Where every metric of the product is made, each with help text, so that the table of metrics and what is scraped are one.
/// </summary>
/// <remarks>
/// Names are `pipeline_&lt;noun&gt;_&lt;unit&gt;_total` for counters, without `_total` for the others. Label values come from
/// closed sets or configuration, never from requests; past <see cref="MetricStore.MaxSeries"/> they fall into `_other`.
/// </remarks>
public static class PipelineMeter
{
    public const string Name = "pipeline";

    /// <summary>Seconds from a millisecond to a minute.</summary>
    public static readonly IReadOnlyList<double> DurationBuckets =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    /// <summary>Traces of the product.</summary>
    public static readonly ActivitySource Traces = new(Name);

    private static readonly Meter Meter = new(Name);
    private static readonly ConcurrentDictionary<string, MetricDefinition> Defined = new(StringComparer.Ordinal);

    /// <summary>Every metric made so far, by name.</summary>
    public static IReadOnlyList<MetricDefinition> Definitions => [.. Defined.Values.OrderBy(static metric => metric.Name, StringComparer.Ordinal)];

    public static Counter<long> Counter(string name, string help, params string[] labels)
    {
        Define(name, "counter", help, labels);
        return Meter.CreateCounter<long>(name, null, help);
    }

    public static UpDownCounter<long> UpDownCounter(string name, string help, params string[] labels)
    {
        Define(name, "gauge", help, labels);
        return Meter.CreateUpDownCounter<long>(name, null, help);
    }

    /// <summary>A value that is asked for at each scrape.</summary>
    public static ObservableGauge<double> Gauge(string name, string help, Func<double> observe)
    {
        Define(name, "gauge", help, []);
        return Meter.CreateObservableGauge(name, observe, null, help);
    }

    /// <summary>Values with labels that are asked for at each scrape; a series that is no longer given disappears.</summary>
    public static ObservableGauge<double> Gauge(string name, string help, string[] labels, Func<IEnumerable<Measurement<double>>> observe)
    {
        Define(name, "gauge", help, labels);
        return Meter.CreateObservableGauge(name, observe, null, help);
    }

    /// <summary>A growing total that something else counts.</summary>
    public static ObservableCounter<double> Total(string name, string help, Func<double> observe)
    {
        Define(name, "counter", help, []);
        return Meter.CreateObservableCounter(name, observe, null, help);
    }

    /// <summary>A growing total under a name that dashboards of other gateways use, by labels that the observer gives.</summary>
    /// <remarks>The observer keeps label sets within <see cref="MetricStore.MaxSeries"/> itself.</remarks>
    public static ObservableCounter<double> ForeignTotal(string name, string help, string[] labels, Func<IEnumerable<Measurement<double>>> observe)
    {
        Defined[name] = new MetricDefinition(name, "counter", help, labels);
        return Meter.CreateObservableCounter(name, observe, null, help);
    }

    /// <param name="buckets">Upper bounds, ascending; null = <see cref="DurationBuckets"/>.</param>
    public static Histogram<double> Histogram(string name, string help, IReadOnlyList<double>? buckets = null, params string[] labels)
    {
        Define(name, "histogram", help, labels);
        return Meter.CreateHistogram(name, null, help, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets ?? DurationBuckets });
    }

    private static void Define(string name, string kind, string help, IReadOnlyList<string> labels)
    {
        if (!name.StartsWith("pipeline_", StringComparison.Ordinal)) throw new ArgumentException($"{name} must begin with pipeline_", nameof(name));
        if (name.EndsWith("_total", StringComparison.Ordinal) != (kind == "counter"))
            throw new ArgumentException($"{name}: counters, and only they, end in _total", nameof(name));
        Defined[name] = new MetricDefinition(name, kind, help, labels);
    }
}
