using Microsoft.Extensions.Logging;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;

namespace Pipeline.Runtime.Transforming;

public sealed partial class TransformLoop
{
    [LoggerMessage(30, LogLevel.Warning, "RecordDeadLettered {Stage}: {Topic}[{Partition}]@{Offset} {Reason}: {Message}", EventName = "RecordDeadLettered")]
    private static partial void RecordDeadLettered(
        ILogger logger, string stage, string topic, int partition, long offset, DeadLetterReason reason, string message);

    [LoggerMessage(31, LogLevel.Warning, "TransactionNotCommitted {Stage}: {Outcome} ({Reason}), reading again from the committed positions", EventName = "TransactionNotCommitted")]
    private static partial void TransactionNotCommitted(ILogger logger, string stage, TransactionOutcome outcome, string? reason);

    [LoggerMessage(32, LogLevel.Warning, "WriterNotOpened {Stage}: {Reason}", EventName = "WriterNotOpened")]
    private static partial void WriterNotOpened(ILogger logger, string stage, string? reason);

    [LoggerMessage(33, LogLevel.Information, "PartitionsAssigned {Stage}: {Partitions}", EventName = "PartitionsAssigned")]
    private static partial void PartitionsAssigned(ILogger logger, string stage, string partitions);

    [LoggerMessage(34, LogLevel.Information, "PartitionsRevoked {Stage}: {Partitions}", EventName = "PartitionsRevoked")]
    private static partial void PartitionsRevoked(ILogger logger, string stage, string partitions);

    [LoggerMessage(35, LogLevel.Critical, "LoopStopped {Stage}: {Reason}", EventName = "LoopStopped")]
    private static partial void LoopStopped(ILogger logger, string stage, string reason);
}
