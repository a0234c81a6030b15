using Pipeline.BudgetWatcher.Ledger;
using Pipeline.BudgetWatcher.Routing;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher;

/// <summary>The watcher as a part of a service: the same in a process of its own and in all-in-one. To be disposed once the service has run.</summary>
public sealed class BudgetWatcherService : IDisposable
{
    /// <summary>What it reads and writes.</summary>
    public static readonly IReadOnlyList<SchemaFile> Schemas =
        [SchemaSet.UsageAggregate, SchemaSet.BudgetRoute, SchemaSet.BudgetSpend, SchemaSet.BudgetState, SchemaSet.BudgetAlert];

    private readonly RouterTransform _router;
    private readonly LedgerTransform _ledger;

    private BudgetWatcherService(LogConnection log, BudgetSet budgets)
    {
        _router = new RouterTransform(log.Log, log.Schemas, budgets, new SpendMetrics());
        _ledger = new LedgerTransform(log.Log, log.Schemas, budgets);
    }

    /// <summary>What every budget has spent, as committed; for any thread.</summary>
    public BudgetStandings Standings => _ledger.Standings;

    /// <summary>Adds the router (aggregates to deltas per budget) and the ledger (deltas to state and alerts), with their readiness.</summary>
    public static BudgetWatcherService Add(ServiceHost service, LogConnection log, WatcherOptions options, BudgetSet budgets)
    {
        var watcher = new BudgetWatcherService(log, budgets);
        log.AddLoop(watcher._router, Loop(RouterTransform.Stage, Groups.Router, Topics.Aggregates));
        log.AddLoop(watcher._ledger, Loop(LedgerTransform.Stage, Groups.Ledger, Topics.BudgetSpend));
        return watcher;

        TransformOptions Loop(string stage, string group, string topic) => new(stage, group, [topic], log.IdOf(stage))
        {
            MaxBatchRecords = options.MaxBatchRecords,
            MaxConsecutiveDeadLetters = options.MaxConsecutiveDeadLetters,
        };
    }

    public void Dispose()
    {
        _router.Dispose();
        _ledger.Dispose();
    }
}
