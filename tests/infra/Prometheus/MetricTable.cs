using System.Reflection;
using System.Text.RegularExpressions;
using Pipeline.Docs;
using Pipeline.Runtime.Telemetry;

namespace Pipeline.Infra.Tests.Prometheus;

/// <summary>The metrics that the code makes, with their labels and, where the code has them as an enum, the labels' values.</summary>
internal static partial class MetricTable
{
    private static readonly Lazy<IReadOnlyDictionary<string, MetricDefinition>> Made = new(static () =>
    {
        MetricsPage.Text(); // makes every metric of every service
        return PipelineMeter.Definitions.ToDictionary(static metric => metric.Name);
    });

    /// <summary>Metric, label, and the enum whose names in snake case are its values.</summary>
    private static readonly (string Metric, string Label, string Assembly, string Enum)[] ClosedSets =
    [
        ("pipeline_gateway_attempts_total", "outcome", "Pipeline.Schemas", "Pipeline.Schemas.Outcome"),
        ("pipeline_gateway_refused_requests_total", "reason", "gateway-edge", "Pipeline.GatewayEdge.Forwarding.RefusalReason"),
        ("pipeline_enricher_events_total", "cost_status", "Pipeline.Schemas", "Pipeline.Schemas.CostStatus"),
        ("pipeline_transactions_total", "outcome", "Pipeline.Runtime", "Pipeline.Runtime.Log.TransactionOutcome"),
        ("pipeline_alerter_deliveries_total", "outcome", "budget-watcher", "Pipeline.BudgetWatcher.Alerting.DeliveryOutcome"),
    ];

    /// <summary>Null when the code makes no such metric.</summary>
    /// <param name="series">A metric's name, or one of a histogram's series.</param>
    public static MetricDefinition? Find(string series)
    {
        if (Made.Value.TryGetValue(series, out var metric)) return metric;
        var family = HistogramSuffix().Replace(series, "");
        return Made.Value.TryGetValue(family, out metric) && metric.Kind == "histogram" ? metric : null;
    }

    /// <summary>Null when any value may be.</summary>
    public static IReadOnlySet<string>? ValuesOf(string metric, string label)
    {
        if ((metric, label) == ("pipeline_sink_documents_total", "result")) return ResultsOfDocuments();
        foreach (var set in ClosedSets)
            if ((set.Metric, set.Label) == (metric, label))
                return Assembly.Load(set.Assembly).GetType(set.Enum, throwOnError: true)!.GetEnumNames()
                    .Select(static name => WordStart().Replace(name, "_$0").ToLowerInvariant()).ToHashSet();
        return null;
    }

    private static HashSet<string> ResultsOfDocuments()
    {
        var assembly = Assembly.Load("es-sink");
        var outcome = assembly.GetType("Pipeline.EsSink.Indexing.ItemOutcome", throwOnError: true)!;
        var nameOf = assembly.GetType("Pipeline.EsSink.Indexing.SinkMetrics", throwOnError: true)!.GetMethod("NameOf", BindingFlags.Static | BindingFlags.NonPublic, [outcome])!;
        return [.. outcome.GetEnumValues().Cast<object>().Select(value => (string)nameOf.Invoke(null, [value])!)];
    }

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex HistogramSuffix();

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex WordStart();
}
