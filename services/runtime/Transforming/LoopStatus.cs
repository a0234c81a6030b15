using Pipeline.Runtime.Log;

namespace Pipeline.Runtime.Transforming;

/// <summary>What a loop is doing.</summary>
public enum LoopPhase
{
    /// <summary>Has not committed or waited for records yet.</summary>
    Starting,

    /// <summary>Reads the state of the partitions it was given, before it takes a record of them.</summary>
    Restoring,

    /// <summary>Reads and commits, or waits for records.</summary>
    Running,

    /// <summary>The log is away or did not commit: tried again after a wait.</summary>
    WaitingForLog,

    /// <summary>What the step needs (the schema registry) cannot be had now: the batch is held back.</summary>
    WaitingForPreparation,

    /// <summary>The loop gave up; see <see cref="LoopStatus.Reason"/>.</summary>
    Stopped,

    /// <summary>Ended because it was told to.</summary>
    Drained,
}

/// <summary>A loop as readiness sees it; read from any thread.</summary>
/// <param name="Reason">One sentence without record content; null when there is nothing to say.</param>
/// <param name="StoppedPartitions">Partitions that are not read, each with its remedy.</param>
public sealed record LoopStatus(LoopPhase Phase, string? Reason, IReadOnlyList<StoppedPartition> StoppedPartitions);

/// <summary>The loop must not go on; the batch in hand is not committed.</summary>
public sealed class LoopStoppedException(string reason) : Exception(reason);
