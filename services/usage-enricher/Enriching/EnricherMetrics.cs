using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Telemetry;
using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>
/// Counts what became of events, each once in this process however often its transaction is tried, and names what the
/// catalogue lacks. Changes nothing of what the step decides. Not for use by two threads.
/// </summary>
public sealed partial class EnricherMetrics(ILogger logger)
{
    /// <summary>A key is named again in the log when this has passed, by the log's own time.</summary>
    public static readonly TimeSpan NameAgainAfter = TimeSpan.FromHours(1);

    /// <summary>Costs that differ by this share of the provider's are the same: a last digit, not a wrong rate.</summary>
    private const decimal CostTolerance = 0.01m;

    /// <summary>Keys told apart in metrics and named in the log; further ones count as `_other` and are not named.</summary>
    public const int MaxKeys = 100;

    private static readonly Counter<long> Events = PipelineMeter.Counter(
        "pipeline_enricher_events_total", "Events enriched, by how their cost came about.", "cost_status");

    private static readonly Counter<long> Impacts = PipelineMeter.Counter(
        "pipeline_enricher_impacts_total", "Events enriched, by how their impact came about.", "impact_status");

    private static readonly Counter<long> Unpriced = PipelineMeter.Counter(
        "pipeline_enricher_unpriced_total", "Events that the catalogue has no price for, by the provider/model to add.", "price_key");

    private static readonly Counter<long> Compared = PipelineMeter.Counter(
        "pipeline_enricher_reported_costs_total", "Events whose provider states a cost of its own, by how ours compares (within 1 %).", "provider", "ours");

    private static readonly Counter<long> ReportedMicros = PipelineMeter.Counter(
        "pipeline_enricher_reported_cost_micros_total", "What providers say that their calls cost, in millionths of USD.", "provider");

    private static readonly Counter<long> ListMicros = PipelineMeter.Counter(
        "pipeline_enricher_list_of_reported_micros_total", "Our list price of the same calls, in millionths of USD.", "provider");

    private static readonly Counter<long> ClocksNotBelieved = PipelineMeter.Counter(
        "pipeline_enricher_clocks_not_believed_total", "Events whose edge's clock was off, counted at the log's time.");

    private const decimal MicrosPerUnit = 1_000_000;

    private readonly Dictionary<TopicPartition, long> _countedTo = [];
    private readonly Dictionary<string, DateTimeOffset> _keys = new(StringComparer.Ordinal);

    internal void Count(LogRecord record, LLMUsageAudit call, Cost cost, Impact impact, bool isClockBelieved)
    {
        // A batch that did not commit comes again: its records lie before what was counted.
        if (record.Offset < _countedTo.GetValueOrDefault(record.Source)) return;
        _countedTo[record.Source] = record.Offset + 1;

        Events.Add(1, new KeyValuePair<string, object?>("cost_status", cost.Status.Symbol()));
        Impacts.Add(1, new KeyValuePair<string, object?>("impact_status", impact.Status.Symbol()));
        if (!isClockBelieved) ClocksNotBelieved.Add(1);
        if (cost.Status is CostStatus.UnpricedModel or CostStatus.UnpricedDimension || IsOfAnotherModel(cost)) CountUnpriced(call, cost, record.AppendedAt);
        if (call.ProviderReportedCost is { } reported) Compare(call.Provider, reported, cost.ListTotal);
    }

    /// <summary>A provider's own figure is kept beside ours, never instead of it; where the two part, one of them is wrong.</summary>
    private static void Compare(string provider, decimal reported, decimal? list)
    {
        var ours = list is not { } total ? "unknown"
            : Math.Abs(total - reported) <= Math.Abs(reported) * CostTolerance ? "same"
            : total > reported ? "higher" : "lower";
        var label = new KeyValuePair<string, object?>("provider", provider);
        Compared.Add(1, label, new KeyValuePair<string, object?>("ours", ours));
        if (list is null || reported is < 0 or > CostSum.MaxTotal || list > CostSum.MaxTotal) return;
        ReportedMicros.Add((long)(reported * MicrosPerUnit), label);
        ListMicros.Add((long)(list.Value * MicrosPerUnit), label);
    }

    /// <summary>The model that replied has no price: the amounts are those of the model asked for.</summary>
    private static bool IsOfAnotherModel(Cost cost) => cost.Unpriced.Contains(CostSum.ResponseModel);

    private void CountUnpriced(LLMUsageAudit call, Cost cost, DateTimeOffset at)
    {
        var key = cost.PriceKey ?? call.Provider;
        var isKnown = _keys.TryGetValue(key, out var named);
        if (!isKnown && (_keys.Count >= MaxKeys || !Token().IsMatch(key))) key = "_other";
        else if (!isKnown || at - named >= NameAgainAfter)
        {
            _keys[key] = at;
            if (cost.Status == CostStatus.UnpricedModel || IsOfAnotherModel(cost)) ModelNotPriced(logger, key);
            else DimensionNotPriced(logger, key, string.Join(' ', cost.Unpriced.Where(name => Token().IsMatch(name))));
        }

        Unpriced.Add(1, new KeyValuePair<string, object?>("price_key", key));
    }

    /// <summary>Model names come from requests: only what looks like one is repeated.</summary>
    [GeneratedRegex(@"\A[A-Za-z0-9_.:/@+-]{1,128}\z")]
    private static partial Regex Token();

    [LoggerMessage(40, LogLevel.Warning, "ModelNotPriced {PriceKey}: its calls count as unpriced, or at the price of the model asked for as ambiguous; add this provider and model to the price overrides", EventName = "ModelNotPriced")]
    private static partial void ModelNotPriced(ILogger logger, string priceKey);

    [LoggerMessage(41, LogLevel.Warning, "DimensionNotPriced {PriceKey}: no rate for {Dimensions}; its calls count as unpriced", EventName = "DimensionNotPriced")]
    private static partial void DimensionNotPriced(ILogger logger, string priceKey, string dimensions);
}
