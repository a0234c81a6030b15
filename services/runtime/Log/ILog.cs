namespace Pipeline.Runtime.Log;

/// <summary>
/// The one seam between the services and where records live. Two engines: Kafka (distributed) and embedded (segment files in
/// one process); the simulation adds a third in memory, with injected faults.
/// </summary>
/// <remarks>
/// Calls block their thread: each service loop owns one thread, so that a step, its transaction and a rebalance can never
/// overlap, and so that the simulation can drive everything from one thread. Expected failures are values.
/// </remarks>
public interface ILog : IDisposable
{
    /// <summary>
    /// Makes the topics that are missing, writes position 0 for their groups, and checks the ones that are there.
    /// Position 0 is also written where a partition has never held a record.
    /// </summary>
    /// <returns>
    /// Empty when all is well; else one sentence per defect, naming topic, setting, found and wanted value. Null when the log
    /// is away.
    /// </returns>
    IReadOnlyList<string>? Provision(IReadOnlyList<TopicSpec> topics);

    /// <summary>Joins the group. The reader starts at the group's committed positions and nowhere else.</summary>
    ILogReader OpenReader(ReaderOptions options);

    /// <summary>Reads partitions from given offsets without a group: for restoring state, for views and for tails.</summary>
    ILogReader OpenCursor(IReadOnlyDictionary<TopicPartition, long> from);

    /// <summary>
    /// Takes over the transactional id: earlier writers with it are fenced and their open transaction is ended before this
    /// returns. Null when the log is away; <paramref name="reason"/> then says why.
    /// </summary>
    ILogWriter? OpenWriter(string transactionalId, out string? reason);

    /// <summary>The group's committed position, waiting for a transaction that is about to change it.</summary>
    PositionRead ReadPosition(string group, TopicPartition partition);

    /// <summary>First readable offset and the end (next offset to be written, uncommitted records included); null when the log is away.</summary>
    PartitionBounds? ReadBounds(TopicPartition partition);

    /// <summary>Number of partitions of the topic; 0 when it does not exist; null when the log is away.</summary>
    int? PartitionCount(string topic);
}

/// <summary>A committed position as found. <see cref="Next"/> is null when the group has none for the partition.</summary>
/// <param name="IsKnown">False when the log is away and nothing can be said.</param>
public readonly record struct PositionRead(bool IsKnown, long? Next);

public readonly record struct PartitionBounds(long Start, long End);

/// <param name="Group">Consumer group.</param>
/// <param name="Topics">Topics to share among the group's members.</param>
/// <param name="Assigned">Told on the reader's thread, inside Read, before the first record of these partitions.</param>
/// <param name="Revoked">Told on the reader's thread, inside Read, when no transaction of this thread is open.</param>
/// <param name="StartFrom">
/// What an operator says about partitions whose position is missing or out of range; null stops such a partition.
/// </param>
public sealed record ReaderOptions(
    string Group,
    IReadOnlyList<string> Topics,
    Action<IReadOnlyList<TopicPartition>>? Assigned = null,
    Action<IReadOnlyList<TopicPartition>>? Revoked = null,
    StartFrom? StartFrom = null);

/// <summary>Operator's answer to a missing position (`--start-from earliest|latest`).</summary>
public enum StartFrom { Earliest, Latest }

/// <summary>Reads committed records of the assigned partitions, in offset order per partition.</summary>
public interface ILogReader : IDisposable
{
    /// <summary>
    /// Waits up to <paramref name="maxWait"/> for the first record, then takes what is at hand up to the bounds. All records
    /// are of one assignment generation: a rebalance inside the call drops what was gathered before it.
    /// </summary>
    /// <returns>
    /// Without records when nothing came in time, or when <paramref name="stop"/> was signalled; a group's reader that owns
    /// partitions gives its membership even then.
    /// </returns>
    RecordBatch Read(int maxRecords, int maxBytes, TimeSpan maxWait, CancellationToken stop);

    /// <summary>
    /// Goes back to the committed position of every owned partition: to be called after each transaction that did not commit.
    /// A cursor goes back to where it was opened.
    /// </summary>
    /// <returns>False when the log is away; call it again before reading on.</returns>
    bool Rewind();

    /// <summary>Backpressure: stays in the group without taking records, for at most <paramref name="wait"/>.</summary>
    void Hold(TimeSpan wait, CancellationToken stop);

    /// <summary>Partitions that are not read because their position is missing or out of range.</summary>
    IReadOnlyList<StoppedPartition> Stopped { get; }
}

/// <param name="LostRecords">Records between the position and the first readable one; null when there is no position to count from.</param>
/// <param name="Reason">One sentence for readiness and logs, with the remedy.</param>
public sealed record StoppedPartition(TopicPartition Partition, long? LostRecords, string Reason);

/// <param name="Next">Next offset to read of every partition in the batch once it has been handled.</param>
/// <param name="Membership">Group membership when the batch was taken; handed to <see cref="PositionCommit"/> as it is.</param>
public sealed record RecordBatch(IReadOnlyList<LogRecord> Records, IReadOnlyDictionary<TopicPartition, long> Next, object? Membership)
{
    public static readonly RecordBatch Empty = new([], new Dictionary<TopicPartition, long>(), null);
    public bool IsEmpty => Records.Count == 0;
}

/// <summary>Writes transactions one after the other under one transactional id. Not for use by two threads.</summary>
public interface ILogWriter : IDisposable
{
    /// <summary>
    /// Appends the records and stores the positions in one transaction. Repeats a commit whose answer timed out, within the
    /// transaction timeout (10 s). A transaction without records still stores its positions.
    /// </summary>
    TransactionResult Execute(LogTransaction transaction);
}
