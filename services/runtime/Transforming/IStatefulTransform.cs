using Pipeline.Runtime.Log;

namespace Pipeline.Runtime.Transforming;

/// <summary>
/// A step that remembers from batch to batch, and keeps what it remembers in a compacted topic, so that memory and log never
/// differ: what it decides is laid over what is committed, and counts only once its transaction is.
/// <code>
///   assigned ──► Restore … ──► [ BeginDecision ──► Step* or StepDue ──► EndDecision ──► transaction ──► Committed ] … ──► Revoked
///                   ▲                 ▲ void: not committed, or decided again                │ the writer is spent
///                   └─────────────────┴──────────────────────────────────────────────────────┘
/// </code>
/// </summary>
/// <remarks>
/// Everything is called on the loop's thread. Deciding is synchronous and without clock or I/O; only <see cref="Restore"/> and
/// <see cref="FindDue"/> read the log.
/// </remarks>
public interface IStatefulTransform : ITransform
{
    /// <summary>
    /// Reads what is remembered of the partitions. Called again, with the same request, until it says
    /// <see cref="RestoreOutcome.Restored"/>; each call within a bound. Another request means that the assignment changed.
    /// </summary>
    RestoreOutcome Restore(RestoreRequest request, CancellationToken stop);

    /// <summary>Partitions that must not be read because what is remembered of them is wrong: set by Restore, until revoked.</summary>
    IReadOnlyList<StoppedPartition> Stopped { get; }

    /// <summary>The partitions belong to somebody else, or their state is in doubt: everything about them is void.</summary>
    void Revoked(IReadOnlyList<TopicPartition> partitions);

    /// <summary>Looks for something to decide that no record brought. Reads what it needs for it, within a bound.</summary>
    /// <param name="now">Wall clock, for decisions that follow the calendar rather than records.</param>
    bool FindDue(DateTimeOffset now, CancellationToken stop);

    /// <summary>Takes back everything decided since the last commit.</summary>
    void BeginDecision();

    /// <summary>Decides what <see cref="FindDue"/> found.</summary>
    /// <param name="positions">Next offset to read of every owned partition.</param>
    void StepDue(IReadOnlyDictionary<TopicPartition, long> positions, StepEffects effects);

    /// <summary>Appends what the decision changed in the state. Called once, after all of its steps.</summary>
    /// <param name="next">Positions that will be stored with it.</param>
    void EndDecision(IReadOnlyDictionary<TopicPartition, long> next, StepEffects effects);

    /// <summary>The decision is committed: from here on it is what <see cref="BeginDecision"/> goes back to.</summary>
    void Committed();
}

/// <param name="Positions">Committed position of each partition, read before anything else, waiting for transactions under way.</param>
/// <param name="StartFrom">What the operator says about positions that do not fit; null = such a partition stops.</param>
public sealed record RestoreRequest(IReadOnlyDictionary<TopicPartition, long> Positions, StartFrom? StartFrom);

/// <summary>How far a restore is.</summary>
public enum RestoreOutcome
{
    Restored,

    /// <summary>Some was read, more is there.</summary>
    Progressed,

    /// <summary>The log is away, or somebody's open transaction hides what must be read first.</summary>
    Waiting,
}
