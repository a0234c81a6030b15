using Confluent.Kafka;

namespace Pipeline.Runtime.Log.Kafka;

/// <summary>Part of a transaction in which an error came up.</summary>
internal enum TransactionPart { Begin, Produce, Positions, Commit, Abort }

/// <summary>What an error of the producer asks for.</summary>
internal enum TransactionVerdict
{
    /// <summary>The same call again: nothing is decided yet.</summary>
    Repeat,

    /// <summary>Abort; the writer stays usable.</summary>
    Abort,

    /// <summary>Abort, then find the records that are refused for what they are.</summary>
    AbortAndSearch,

    /// <summary>Abort, which renews the producer's sequence numbers, then the same again.</summary>
    AbortAndRepeat,

    /// <summary>Someone else has the transactional id, or the coordinator gave the transaction up.</summary>
    Fenced,

    /// <summary>Nobody can say what became of it; the writer is spent.</summary>
    Unknown,
}

/// <summary>What follows an attempt that was aborted.</summary>
internal enum TransactionSequel { None, Search, Repeat }

/// <summary>Judges the producer's errors; pure.</summary>
internal static class TransactionErrors
{
    public static TransactionVerdict Judge(KafkaException error, TransactionPart part) =>
        Judge(error.Error.Code, error.Error.IsFatal, error is KafkaTxnRequiresAbortException, error is KafkaRetriableException, part);

    public static TransactionVerdict Judge(ErrorCode code, bool isFatal, bool requiresAbort, bool isRetriable, TransactionPart part)
    {
        if (IsFencing(code)) return TransactionVerdict.Fenced;
        if (isFatal) return TransactionVerdict.Unknown;
        if (IsRefusal(code)) return TransactionVerdict.AbortAndSearch;
        // What was in flight behind a refused batch: seen once more at the start of the transaction that follows.
        if (code == ErrorCode.OutOfOrderSequenceNumber && part != TransactionPart.Abort) return TransactionVerdict.AbortAndRepeat;
        if (requiresAbort) return part == TransactionPart.Abort ? TransactionVerdict.Unknown : TransactionVerdict.Abort;
        if (isRetriable || code is ErrorCode.Local_TimedOut) return TransactionVerdict.Repeat;

        // An unexpected answer to a commit may have come after it took effect; before a commit, aborting is always safe.
        return part is TransactionPart.Commit or TransactionPart.Abort or TransactionPart.Begin ? TransactionVerdict.Unknown : TransactionVerdict.Abort;
    }

    /// <summary>The record cannot be written for its size, time or content, whoever tries.</summary>
    public static bool IsRefusal(ErrorCode code) => code is ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge or ErrorCode.InvalidTimestamp
        or ErrorCode.InvalidRecord or ErrorCode.PolicyViolation;

    private static bool IsFencing(ErrorCode code) => code is ErrorCode.Local_Fenced or ErrorCode.ProducerFenced or ErrorCode.InvalidProducerEpoch
        or ErrorCode.InvalidProducerIdMapping or ErrorCode.TransactionCoordinatorFenced;
}
