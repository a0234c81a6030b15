using Pipeline.Runtime.Log;

namespace Pipeline.Runtime.Transforming;

public sealed partial class TransformLoop
{
    /// <summary>Lets the group be served between two pieces of a long restore.</summary>
    private static readonly TimeSpan RestorePause = TimeSpan.FromMilliseconds(5);

    /// <summary>Decisions of what is due between two batches: a long back-fill does not keep records waiting.</summary>
    private const int MaxDueDecisions = 8;

    private IReadOnlyList<StoppedPartition> _stoppedByReader = [];
    private IReadOnlyList<StoppedPartition> _stoppedByState = [];
    private IReadOnlyList<StoppedPartition> _stopped = [];

    /// <returns>How long to hold before it goes on; null when all owned partitions are restored.</returns>
    private TimeSpan? Restore(CancellationToken stop)
    {
        var outcome = _memory!.Restore(stop);
        if (outcome == RestoreOutcome.Waiting) return Later(LoopPhase.Restoring, "the log is away, or an open transaction hides a part of the state");
        _retry = _retry.AfterSuccess();
        if (outcome == RestoreOutcome.Restored) return null;
        Show(LoopPhase.Restoring, "the state of the assigned partitions is being read");
        return RestorePause;
    }

    /// <summary>Decides what no record brought, in transactions of its own.</summary>
    /// <returns>False when one did not commit.</returns>
    private bool MoveDue(object? membership, CancellationToken stop)
    {
        for (var i = 0; i < MaxDueDecisions && _memory!.FindDue(membership, _time.GetUtcNow(), stop) is { } due; i++)
            if (!Move(due)) return false;
        return true;
    }

    /// <summary>The batch in hand came with its assignment: it is read again once the state is there.</summary>
    private TimeSpan RestoreFirst()
    {
        _mustRewind = true;
        return TimeSpan.Zero;
    }

    /// <summary>The same list as long as nothing changed, so that the status is not replaced each turn.</summary>
    private IReadOnlyList<StoppedPartition> StoppedPartitions()
    {
        var byReader = _reader?.Stopped ?? _stoppedByReader;
        var byState = _memory?.Stopped ?? [];
        if (ReferenceEquals(byReader, _stoppedByReader) && ReferenceEquals(byState, _stoppedByState)) return _stopped;
        (_stoppedByReader, _stoppedByState) = (byReader, byState);
        return _stopped = byState.Count == 0 ? byReader : [.. byReader, .. byState];
    }
}
