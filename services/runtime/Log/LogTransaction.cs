namespace Pipeline.Runtime.Log;

/// <summary>Reader positions to store with a transaction: the next offset to read of each partition.</summary>
/// <param name="Group">Consumer group the positions belong to.</param>
/// <param name="Next">Next offset per partition, only of partitions owned when the batch was taken.</param>
/// <param name="Membership">
/// The engine's proof that the batch's assignment generation is still current, from <see cref="RecordBatch.Membership"/>;
/// null for a group without members (the spool's positions).
/// </param>
public sealed record PositionCommit(string Group, IReadOnlyDictionary<TopicPartition, long> Next, object? Membership = null);

/// <summary>Everything that one step decided: all of it is written, or nothing.</summary>
/// <remarks>At most <see cref="MaxRecords"/> and <see cref="MaxBytes"/>; a larger one is a defect of the caller.</remarks>
public sealed record LogTransaction(IReadOnlyList<NewRecord> Records, PositionCommit? Positions)
{
    public const int MaxRecords = 20_000;

    /// <summary>Bound of <see cref="BytesOf"/> summed over the records.</summary>
    public const int MaxBytes = 32 * 1024 * 1024;

    /// <summary>A transaction that is open for longer is ended by the log, and its writer fenced.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Key, value and headers of the record.</summary>
    public static long BytesOf(in NewRecord record)
    {
        var bytes = (long)record.Key.Length + record.Value.Length;
        if (record.Headers is { } headers)
            foreach (var header in headers) bytes += header.Name.Length + header.Value.Length;
        return bytes;
    }
}

/// <summary>How a transaction ended.</summary>
public enum TransactionOutcome
{
    /// <summary>Records and positions are durable and visible to committed readers.</summary>
    Committed,

    /// <summary>Nothing was written. The reader rewinds and the batch is read again; the writer stays usable.</summary>
    Aborted,

    /// <summary>
    /// Nothing was written because the log refuses single records for what they are (size, time, policy): see
    /// <see cref="TransactionResult.Refused"/>. The writer stays usable; the rest may be written without them.
    /// </summary>
    Refused,

    /// <summary>Another writer took over the transactional id, or the writer's own transaction timed out. The writer is spent.</summary>
    Fenced,

    /// <summary>The answer was lost: it may or may not have been written. The writer is spent.</summary>
    Unknown,
}

/// <summary>What outcomes are called in metrics.</summary>
public static class TransactionOutcomes
{
    public static string ToName(this TransactionOutcome outcome) => outcome switch
    {
        TransactionOutcome.Committed => "committed",
        TransactionOutcome.Aborted => "aborted",
        TransactionOutcome.Refused => "refused",
        TransactionOutcome.Fenced => "fenced",
        _ => "unknown",
    };
}

/// <summary>A transaction's end. After every outcome but Committed and Refused, positions in memory are void: read them again.</summary>
/// <param name="Refused">With <see cref="TransactionOutcome.Refused"/>: indexes into the transaction's records, ascending.</param>
/// <param name="Reason">The engine's error name for logs; null when committed. Never holds record content.</param>
public readonly record struct TransactionResult(TransactionOutcome Outcome, IReadOnlyList<int>? Refused = null, string? Reason = null)
{
    public static readonly TransactionResult Committed = new(TransactionOutcome.Committed);

    /// <summary>The writer must be disposed and opened anew, and only then positions read again.</summary>
    public bool IsWriterSpent => Outcome is TransactionOutcome.Fenced or TransactionOutcome.Unknown;
}
