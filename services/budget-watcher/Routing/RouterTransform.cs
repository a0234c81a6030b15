using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Routing;

/// <summary>
/// The router's core. There are no budgets yet, so that it routes nothing: it reads every aggregate, keeps the position, and
/// counts what passes.
/// <code>
///   llm-usage-aggregates ──(1) read──► delta ──(2) count──► metrics
///                             └─ what cannot be read ──► llm-usage-aggregates.dead-letter
/// </code>
/// Not for use by two threads.
/// </summary>
public sealed class RouterTransform(SchemaCatalog schemas, SpendMetrics metrics) : ITransform, IDisposable
{
    /// <summary>Name in dead letters, metrics and logs.</summary>
    public const string Stage = "budget-watcher-router";

    private readonly RecordReader<UsageAggregate> _reader = new(schemas);

    public void Step(RecordBatch batch, StepEffects effects)
    {
        foreach (var record in batch.Records)
        {
            var outcome = _reader.Read(record, out var delta, out _);                                       // (1)
            if (outcome == RecordReadOutcome.Ok) metrics.Count(record, delta!);                             // (2)
            else effects.Bury(record, Stage, outcome.ToReason(), outcome.ToMessage());
        }
    }

    public void Dispose() => _reader.Dispose();
}
