using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Pipeline.Runtime.Telemetry;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Telemetry;

/// <summary>
/// Token totals by provider, model and chosen attribution. Values come from requests, so that the number of combinations is bounded: further
/// ones share the value `_other` in every label, and the sum stays right.
/// </summary>
internal sealed class DashboardMetrics
{
    private const string Overflow = "_other";
    private const string Unknown = "unknown";
    private static readonly string[] FixedLabels = ["llm", "model"];

    private static readonly ObservableCounter<double> PromptTokens = PipelineMeter.ForeignTotal(
        "ai_prompt_tokens_total", "Input tokens that providers reported, cached ones included; further labels as Gateway:DashboardMetrics:Labels names them.", FixedLabels,
        static () => _shown?.Observe(static cell => cell.PromptTokens) ?? []);

    private static readonly ObservableCounter<double> CompletionTokens = PipelineMeter.ForeignTotal(
        "ai_completion_tokens_total", "Output tokens that providers reported, reasoning included; further labels as Gateway:DashboardMetrics:Labels names them.", FixedLabels,
        static () => _shown?.Observe(static cell => cell.CompletionTokens) ?? []);

    /// <summary>The gateway that this process runs; metrics are the process's.</summary>
    private static volatile DashboardMetrics? _shown;

    private readonly DashboardMetricOptions _options;
    private readonly ConcurrentDictionary<LabelSet, Cell> _cells = new();
    private readonly Cell _overflow;
    private int _count;

    public DashboardMetrics(DashboardMetricOptions options)
    {
        _options = options;
        _overflow = new Cell(TagsOf(new LabelSet(Overflow, Overflow, Overflow, Overflow, Overflow, Overflow)));
        _shown = this;
    }

    /// <summary>Adds one event's tokens. Estimates and answers that are read again are no use of tokens.</summary>
    public void Count(LLMUsageAudit audit)
    {
        if (audit.Usage is not { } usage || audit.UsageSource is UsageSource.Estimated || audit.Operation == "retrieve") return;
        var cell = CellOf(audit);
        Interlocked.Add(ref cell.PromptTokens, usage.InputTotal ?? 0);
        Interlocked.Add(ref cell.CompletionTokens, usage.OutputTotal ?? 0);
    }

    /// <summary>Current totals, for tests and scrapes.</summary>
    public IEnumerable<Measurement<double>> Observe(Func<Cell, long> value)
    {
        foreach (var (_, cell) in _cells) yield return new Measurement<double>(value(cell), cell.Tags);
        if (Volatile.Read(ref _count) > _options.MaxLabelSets) yield return new Measurement<double>(value(_overflow), _overflow.Tags);
    }

    /// <summary>The totals of one label set.</summary>
    internal sealed class Cell(KeyValuePair<string, object?>[] tags)
    {
        public long PromptTokens;
        public long CompletionTokens;

        public KeyValuePair<string, object?>[] Tags => tags;
    }

    private readonly record struct LabelSet(string Llm, string Model, string? A, string? B, string? C, string? D);

    private Cell CellOf(LLMUsageAudit audit)
    {
        var labels = _options.Labels;
        var set = new LabelSet(
            audit.Provider,
            audit.ResponseModel ?? audit.RequestModel ?? Unknown,
            labels.Count > 0 ? Value(audit.Attribution, labels[0]) : null,
            labels.Count > 1 ? Value(audit.Attribution, labels[1]) : null,
            labels.Count > 2 ? Value(audit.Attribution, labels[2]) : null,
            labels.Count > 3 ? Value(audit.Attribution, labels[3]) : null);
        if (_cells.TryGetValue(set, out var cell)) return cell;
        // Counted first, so that two threads cannot pass the bound together; a place that is then not used stays unused.
        if (Volatile.Read(ref _count) > _options.MaxLabelSets || Interlocked.Increment(ref _count) > _options.MaxLabelSets) return _overflow;
        return _cells.GetOrAdd(set, static (made, metrics) => new Cell(metrics.TagsOf(made)), this);
    }

    private static string Value(Schemas.Attribution attribution, string label) => label switch
    {
        "tenant" => attribution.Tenant,
        "team" => attribution.Team,
        "user" => attribution.User,
        "feature" => attribution.Feature,
        "environment" => attribution.Environment,
        "api_key_id" => attribution.ApiKeyId,
        _ => attribution.Tags.GetValueOrDefault(label),
    } ?? Unknown;

    private KeyValuePair<string, object?>[] TagsOf(in LabelSet set)
    {
        string?[] values = [set.A, set.B, set.C, set.D];
        return [new("llm", set.Llm), new("model", set.Model), .. _options.Labels.Select((label, i) => new KeyValuePair<string, object?>(label, values[i]))];
    }
}
