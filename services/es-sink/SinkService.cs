using Microsoft.Extensions.Logging;
using Pipeline.EsSink.Indexing;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;

namespace Pipeline.EsSink;

/// <summary>The sink as a part of a service host.</summary>
public static class SinkService
{
    private static readonly TimeSpan ProvisionRetryWait = TimeSpan.FromSeconds(1);

    /// <summary>Adds the loop that moves `llm-usage` into the store, with its readiness.</summary>
    /// <param name="provision">Brings the store in order before the first document; null when there is nothing to do.</param>
    public static DocumentIndexer Add(
        ServiceHost service, LogConnection log, LogOptions logOptions, SinkOptions options, IDocumentStore store,
        Func<CancellationToken, bool>? provision)
    {
        var logger = service.Loggers.CreateLogger(DocumentIndexer.Stage);
        var indexer = new DocumentIndexer(log.Schemas, store, options, service.Time, logger);
        var transform = new TransformOptions(DocumentIndexer.Stage, Groups.Sink, [Topics.Usage], log.IdOf(DocumentIndexer.Stage))
        {
            MaxBatchRecords = options.MaxBatchRecords,
            MaxConsecutiveDeadLetters = options.MaxConsecutiveDeadLetters,
            // The sink alone may begin anywhere: writing a document again changes nothing.
            StartFrom = logOptions.StartFrom ?? StartFrom.Earliest,
        };
        var loop = new TransformLoop(log.Log, indexer.Step, transform, indexer.Prepare, service.Time, logger);
        service.Health.Check("store", indexer.Check);
        service.Health.Check(DocumentIndexer.Stage, () => Check(loop.Status));
        service.Thread(DocumentIndexer.Stage, DrainStage.Move, stop =>
        {
            if (log.WaitUntilReady(stop) && WaitUntilProvisioned(provision, stop)) loop.Run(stop);
        });
        return indexer;
    }

    private static bool WaitUntilProvisioned(Func<CancellationToken, bool>? provision, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (provision is null || provision(stop)) return true;
            stop.WaitHandle.WaitOne(ProvisionRetryWait);
        }

        return false;
    }

    private static CheckResult Check(LoopStatus status)
    {
        if (status.StoppedPartitions.Count > 0)
            return CheckResult.NotReady(string.Join("; ", status.StoppedPartitions.Select(static stopped => stopped.Reason)));
        return status.Phase is LoopPhase.Running or LoopPhase.Drained ? CheckResult.Ok : CheckResult.NotReady(status.Reason ?? "starting");
    }
}
