using System.Diagnostics.Metrics;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Telemetry;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Routing;

/// <summary>
/// Counts calls, tokens and spend as they pass, each delta once in this process however often its transaction is tried. Not for use
/// by two threads.
/// </summary>
public sealed class SpendMetrics
{
    /// <summary>Metrics are whole numbers: spend is counted in these, and what is smaller is carried on to the next delta.</summary>
    private const decimal MicrosPerUnit = 1_000_000;

    private static readonly Counter<long> Calls = PipelineMeter.Counter(
        "pipeline_watcher_calls_total", "Calls in the aggregates read, by how their cost came about.", "cost_status");

    private static readonly Counter<long> Tokens = PipelineMeter.Counter(
        "pipeline_watcher_tokens_total", "Tokens in the aggregates read.", "direction");

    private static readonly Counter<long> Spend = PipelineMeter.Counter(
        "pipeline_watcher_spend_micros_total", "Net spend in the aggregates read, in millionths of the currency.", "currency");

    private readonly Dictionary<TopicPartition, long> _countedTo = [];
    private readonly Dictionary<string, decimal> _carried = new(StringComparer.Ordinal);

    internal void Count(LogRecord record, in AggregateFigures delta, TupleRoutes tuple)
    {
        // A batch that did not commit comes again: its records lie before what was counted.
        if (record.Offset < _countedTo.GetValueOrDefault(record.Source)) return;
        _countedTo[record.Source] = record.Offset + 1;

        // A correction takes calls from one status and adds them to another; counters never go back.
        if (delta.Calls < 0) return;
        Calls.Add(delta.Calls, new KeyValuePair<string, object?>("cost_status", tuple.CostStatus.Symbol()));
        Tokens.Add(delta.InputTotal, new KeyValuePair<string, object?>("direction", "input"));
        Tokens.Add(delta.OutputTotal, new KeyValuePair<string, object?>("direction", "output"));

        var spend = _carried.GetValueOrDefault(tuple.Currency) + delta.NetTotal * MicrosPerUnit;
        var whole = decimal.Floor(Math.Min(spend, long.MaxValue));
        _carried[tuple.Currency] = spend - whole;
        if (whole > 0) Spend.Add((long)whole, new KeyValuePair<string, object?>("currency", tuple.Currency));
    }
}
