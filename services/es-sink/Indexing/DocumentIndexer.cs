using Microsoft.Extensions.Logging;
using Pipeline.EsSink.Rendering;
using Pipeline.Runtime;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;

namespace Pipeline.EsSink.Indexing;

/// <summary>
/// The shell around <see cref="IndexingStep"/>: performs its requests on the loop's thread. A store that is slow or away makes
/// <see cref="Prepare"/> say no, upon which the loop holds its partitions and offers the same records later.
/// </summary>
public sealed partial class DocumentIndexer : IDisposable
{
    public const string Stage = "es-sink";

    /// <summary>
    /// Of one call of <see cref="Prepare"/>, requests in flight not counted: a member of the group that is not heard of for
    /// minutes loses its partitions. What was settled until then stays settled.
    /// </summary>
    private static readonly TimeSpan MaxTurn = TimeSpan.FromSeconds(30);

    private readonly SchemaCatalog _catalog;
    private readonly IDocumentStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IndexingStep _step;
    private volatile string? _heldBy;

    public DocumentIndexer(SchemaCatalog catalog, IDocumentStore store, SinkOptions options, TimeProvider time, ILogger logger)
    {
        (_catalog, _store, _time, _logger) = (catalog, store, time, logger);
        _step = new IndexingStep(catalog, options, Stage);
    }

    /// <summary>The loop's step.</summary>
    public ITransform Step => _step;

    /// <summary>For readiness: not ready while the store holds the batch back.</summary>
    public CheckResult Check() => _heldBy is { } reason ? CheckResult.NotReady($"the document store holds the sink back: {reason}") : CheckResult.Ok;

    /// <summary>Settles every record of the batch with the store.</summary>
    /// <returns>False when the store or the registry are not there: offer the batch again later.</returns>
    public bool Prepare(RecordBatch batch, CancellationToken stop)
    {
        if (!_catalog.Resolve(batch, stop)) return false;
        _step.Begin(batch, DayIndex.DayOf(_time.GetUtcNow()));
        var began = _time.GetTimestamp();
        var isSettled = false;
        while (!stop.IsCancellationRequested && _time.GetElapsedTime(began) < MaxTurn && !isSettled)
        {
            if (_step.Next() is { } request) Perform(request, stop);
            else isSettled = _step.HeldBy is null;
            if (_step.HeldBy is not null) break;
        }

        CountSettled();
        Show(_step.HeldBy);
        return isSettled || DeliberateFaults.Active == DeliberateFault.SinkCommitsPastGap;
    }

    public void Dispose() => _step.Dispose();

    private void Perform(StoreRequest request, CancellationToken stop)
    {
        if (request.CreateIndex is { } index)
        {
            _step.Accept(index, _store.CreateIndex(index, stop));
            return;
        }

        var began = _time.GetTimestamp();
        var reply = _store.Write(request.Bulk!, stop);
        SinkMetrics.BulkAnswered(_time.GetElapsedTime(began), reply.Verdict);
        SinkMetrics.Diverged(reply.Divergent);
        _step.Accept(reply);
    }

    private void CountSettled()
    {
        foreach (var outcome in Enum.GetValues<ItemOutcome>()) SinkMetrics.Settled(outcome, _step.Counts.Take(outcome));
        SinkMetrics.Retried(_step.Counts.TakeRetried());
    }

    private void Show(string? heldBy)
    {
        if (heldBy == _heldBy) return;
        if (heldBy is not null) StoreHolds(_logger, heldBy);
        else StoreAnswers(_logger);
        _heldBy = heldBy;
    }

    [LoggerMessage(50, LogLevel.Warning, "StoreHolds es-sink: {Reason}; partitions are paused and nothing is dropped", EventName = "StoreHolds")]
    private static partial void StoreHolds(ILogger logger, string reason);

    [LoggerMessage(51, LogLevel.Information, "StoreAnswers es-sink: going on", EventName = "StoreAnswers")]
    private static partial void StoreAnswers(ILogger logger);
}
