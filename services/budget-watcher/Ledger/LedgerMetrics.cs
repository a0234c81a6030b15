using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Pipeline.Runtime.Telemetry;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Ledger;

/// <summary>What the ledger counts: only what is committed. Written on the ledger's thread.</summary>
internal sealed class LedgerMetrics : IDisposable
{
    private static readonly Counter<long> Alerts = PipelineMeter.Counter("pipeline_budget_alerts_total", "Alerts written, by what they tell.", "kind");

    private static readonly Counter<long> LateDeltas = PipelineMeter.Counter(
        "pipeline_budget_late_deltas_total", "Deltas dropped because their period took no more corrections: 35 days after its end.");

    /// <summary>Of every ledger in the process: a gauge is made once.</summary>
    private static readonly ConcurrentDictionary<BudgetStandings, bool> Shown = new();

    private readonly BudgetStandings _standings;
    private readonly Dictionary<AlertKind, int> _told = [];
    private int _dropped;

    static LedgerMetrics() => PipelineMeter.Gauge(
        "pipeline_budget_spent_ratio", "Spent share of the limit in the current period: of the budget's instance that has spent most.", ["budget"], Observe);

    public LedgerMetrics(BudgetStandings standings) => Shown[_standings = standings] = true;

    public void Told(AlertKind kind) => _told[kind] = _told.GetValueOrDefault(kind) + 1;

    public void DroppedLate() => _dropped++;

    public void Void()
    {
        _told.Clear();
        _dropped = 0;
    }

    public void Committed()
    {
        foreach (var (kind, count) in _told) Alerts.Add(count, new KeyValuePair<string, object?>("kind", kind.Symbol()));
        if (_dropped > 0) LateDeltas.Add(_dropped);
        Void();
    }

    public void Dispose() => Shown.TryRemove(_standings, out _);

    private static IEnumerable<Measurement<double>> Observe() =>
        Shown.Keys.SelectMany(static standings => standings.Current()).GroupBy(static standing => standing.Budget, StringComparer.Ordinal)
            .Select(static budget => new Measurement<double>((double)(budget.Max(static standing => standing.Percent) / 100), new KeyValuePair<string, object?>("budget", budget.Key)));
}
