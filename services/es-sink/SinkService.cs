using Microsoft.Extensions.Logging;
using Pipeline.EsSink.Indexing;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;

namespace Pipeline.EsSink;

/// <summary>The sink as a part of a service: the same in a process of its own and in all-in-one.</summary>
public static class SinkService
{
    /// <summary>Adds the loop that moves `llm-usage` into the store, with its readiness.</summary>
    /// <param name="provision">Brings the store in order before the first document; null when there is nothing to do.</param>
    public static DocumentIndexer Add(
        ServiceHost service, LogConnection log, SinkOptions options, IDocumentStore store, Func<CancellationToken, bool>? provision)
    {
        var indexer = new DocumentIndexer(log.Schemas, store, options, service.Time, service.Loggers.CreateLogger(DocumentIndexer.Stage));
        var transform = new TransformOptions(DocumentIndexer.Stage, Groups.Sink, [Topics.Usage], log.IdOf(DocumentIndexer.Stage))
        {
            MaxBatchRecords = options.MaxBatchRecords,
            MaxConsecutiveDeadLetters = options.MaxConsecutiveDeadLetters,
            // The sink alone may begin anywhere: writing a document again changes nothing.
            StartFrom = StartFrom.Earliest,
        };
        service.Health.Check("store", indexer.Check);
        log.AddLoop(indexer.Step, transform, indexer.Prepare, provision);
        return indexer;
    }
}
