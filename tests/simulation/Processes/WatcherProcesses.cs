using Pipeline.BudgetWatcher;
using Pipeline.BudgetWatcher.Ledger;
using Pipeline.BudgetWatcher.Routing;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests.Processes;

/// <summary>The watcher's router, with the budgets as they were configured when it started.</summary>
internal sealed class RouterProcess(SimulatedWorld world, string name) : LoopProcess(world, name, BudgetWatcherService.Schemas)
{
    protected override (ITransform Step, PrepareBatch Prepare) Make(SchemaCatalog catalog) =>
        (new RouterTransform(Log, catalog, World.Budgets.Configured, new SpendMetrics()), catalog.Resolve);

    protected override TransformOptions Options(string instance) => new(RouterTransform.Stage, Groups.Router, [Topics.Aggregates], instance)
    {
        MaxBatchRecords = World.Chance.Between(1, 40),
    };
}

/// <summary>The watcher's ledger, with the budgets as they were configured when it started.</summary>
internal sealed class LedgerProcess(SimulatedWorld world, string name) : LoopProcess(world, name, BudgetWatcherService.Schemas)
{
    protected override (ITransform Step, PrepareBatch Prepare) Make(SchemaCatalog catalog) =>
        (new LedgerTransform(Log, catalog, World.Budgets.Configured), catalog.Resolve);

    protected override TransformOptions Options(string instance) => new(LedgerTransform.Stage, Groups.Ledger, [Topics.BudgetSpend], instance)
    {
        MaxBatchRecords = World.Chance.Between(1, 40),
    };
}
