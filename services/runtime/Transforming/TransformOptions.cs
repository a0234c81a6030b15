using Pipeline.Runtime.Log;

namespace Pipeline.Runtime.Transforming;

/// <summary>Bounds and names of one consume-transform-produce loop.</summary>
/// <param name="Stage">Name of the stage in dead letters, metrics and logs, such as `usage-enricher`.</param>
/// <param name="Group">Consumer group whose positions move with the transactions.</param>
/// <param name="Topics">Topics to read.</param>
/// <param name="TransactionalId">
/// One per running process, such as `usage-enricher-&lt;instance&gt;`: which partitions it may write for is proven by the group
/// membership of each batch, not by this name.
/// </param>
public sealed record TransformOptions(string Stage, string Group, IReadOnlyList<string> Topics, string TransactionalId)
{
    /// <summary>Records of one batch, and of one transaction unless it has to be split.</summary>
    public int MaxBatchRecords { get; init; } = 2_000;

    /// <summary>Keys and values of one batch.</summary>
    public int MaxBatchBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Longest wait for a batch's first record.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Dead letters in a row on one partition that the loop puts up with. One more stops the service: a bad deploy must not
    /// drain a topic into its dead letters.
    /// </summary>
    public int MaxConsecutiveDeadLetters { get; init; } = 100;

    /// <summary>
    /// False for records of other systems, which may hold what nobody may keep: their dead letters then have neither key, bytes nor headers,
    /// but where the record stood, its length and its hash.
    /// </summary>
    public bool DeadLettersHoldBytes { get; init; } = true;

    /// <summary>Wait after the first failure; doubles with each further one up to <see cref="MaxRetryWait"/>.</summary>
    public TimeSpan FirstRetryWait { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan MaxRetryWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often lag is measured.</summary>
    public TimeSpan LagInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What the operator says about partitions without a usable position; null stops those partitions.</summary>
    public StartFrom? StartFrom { get; init; }
}

/// <summary>
/// Brings in what the step needs before it runs, such as the schemas that the records name. Called on the loop's thread.
/// </summary>
/// <returns>False when it cannot be had now: the batch is held back and read again later, and nothing is dead-lettered.</returns>
public delegate bool PrepareBatch(RecordBatch batch, CancellationToken stop);
