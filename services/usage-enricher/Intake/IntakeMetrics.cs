using System.Diagnostics.Metrics;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Telemetry;
using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Intake;

/// <summary>
/// Counts what became of imports, each once in this process however often its transaction is tried. Changes nothing of what the steps decide.
/// Not for use by two threads.
/// </summary>
public sealed class IntakeMetrics
{
    private static readonly Counter<long> Read = PipelineMeter.Counter(
        "pipeline_enricher_imports_read_total", "Calls read from other systems' records, by source.", "source");

    private static readonly Counter<long> Skipped = PipelineMeter.Counter(
        "pipeline_enricher_imports_skipped_total", "Foreign events and spans that are no call of a provider, by source and reason.", "source", "reason");

    private static readonly Counter<long> Corrected = PipelineMeter.Counter(
        "pipeline_enricher_imports_corrected_total", "Corrections made to imported calls, by source and correction.", "source", "correction");

    private static readonly Counter<long> Repeated = PipelineMeter.Counter(
        "pipeline_enricher_imports_repeated_total", "Imported calls that were booked before and are passed over.");

    private readonly Dictionary<TopicPartition, long> _countedTo = [];

    internal void Count(LogRecord record, EventSource source, ForeignRead read)
    {
        if (!IsFirst(record)) return;
        var name = new KeyValuePair<string, object?>("source", source.Symbol());
        if (read.Calls.Count > 0) Read.Add(read.Calls.Count, name);
        foreach (var reason in read.Skipped) Skipped.Add(1, name, new KeyValuePair<string, object?>("reason", NameOf(reason)));
        foreach (var call in read.Calls)
            foreach (var correction in call.Corrections) Corrected.Add(1, name, new KeyValuePair<string, object?>("correction", correction));
    }

    internal void CountRepeated(LogRecord record)
    {
        if (IsFirst(record)) Repeated.Add(1);
    }

    private static string NameOf(SkipReason reason) => reason switch
    {
        SkipReason.CacheHit => "cache_hit",
        SkipReason.WrapsAnother => "wraps_another",
        _ => "not_a_call",
    };

    /// <summary>A batch that did not commit comes again: its records lie before what was counted.</summary>
    private bool IsFirst(LogRecord record)
    {
        if (record.Offset < _countedTo.GetValueOrDefault(record.Source)) return false;
        _countedTo[record.Source] = record.Offset + 1;
        return true;
    }
}
