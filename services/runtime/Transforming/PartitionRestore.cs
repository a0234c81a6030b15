using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;

namespace Pipeline.Runtime.Transforming;

/// <summary>
/// Reads what a step remembers of its assigned partitions, piece by piece.
/// <code>
///   request ──► Begin ──► Take a record … ──► Restored ──► handed over, Abandon
///      ▲                        │ another request, or the records were deleted under the read
///      └────────────────────────┘
/// </code>
/// </summary>
/// <param name="schemas">Null when no record is read further than its key.</param>
public abstract class PartitionRestore(SchemaCatalog? schemas) : IDisposable
{
    private CommittedRead? _read;

    /// <summary>What is being restored; null when nothing is.</summary>
    protected RestoreRequest? Request { get; private set; }

    /// <summary>Reads the next piece. After <see cref="RestoreOutcome.Restored"/> what was read is there to be handed over.</summary>
    public RestoreOutcome Continue(RestoreRequest request, CancellationToken stop)
    {
        if (!ReferenceEquals(request, Request)) Abandon();
        if (_read is null)
        {
            if (schemas is not null && !schemas.Prepare(stop)) return RestoreOutcome.Waiting;
            _read = Begin(request);
            if (_read is null) return RestoreOutcome.Waiting;
            Request = request;
        }

        if (_read.TakeMore(schemas, Take, stop) is { } outcome) return outcome;
        Abandon();
        return RestoreOutcome.Progressed;
    }

    /// <summary>Gives up what was read and not handed over.</summary>
    public void Abandon()
    {
        _read?.Dispose();
        (_read, Request) = (null, null);
        Forget();
    }

    public virtual void Dispose() => Abandon();

    /// <returns>Null when the log is away.</returns>
    protected abstract CommittedRead? Begin(RestoreRequest request);

    /// <summary>Takes the next record, in order; those that come after the end are given too.</summary>
    protected abstract void Take(LogRecord record);

    /// <summary>Forgets the records taken so far.</summary>
    protected abstract void Forget();
}
