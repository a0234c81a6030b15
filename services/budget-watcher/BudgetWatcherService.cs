using Pipeline.BudgetWatcher.Routing;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher;

/// <summary>The watcher as a part of a service: the same in a process of its own and in all-in-one.</summary>
public static class BudgetWatcherService
{
    /// <summary>What it reads.</summary>
    public static readonly IReadOnlyList<SchemaFile> Schemas = [SchemaSet.UsageAggregate];

    /// <summary>Adds the loop that routes `llm-usage-aggregates`, with its readiness.</summary>
    /// <returns>The step, to be disposed once the service has run.</returns>
    public static IDisposable Add(ServiceHost service, LogConnection log, WatcherOptions options)
    {
        var router = new RouterTransform(log.Schemas, new SpendMetrics());
        log.AddLoop(router, new TransformOptions(RouterTransform.Stage, Groups.Router, [Topics.Aggregates], log.IdOf(RouterTransform.Stage))
        {
            MaxBatchRecords = options.MaxBatchRecords,
            MaxConsecutiveDeadLetters = options.MaxConsecutiveDeadLetters,
        });
        return router;
    }
}
