using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Log;

namespace Pipeline.GatewayEdge.Spooling;

public sealed partial class Shipper
{
    [LoggerMessage(10, LogLevel.Warning, "ShipperWaits: {Reason}", EventName = "ShipperWaits")]
    private static partial void ShipperWaits(ILogger logger, string reason);

    [LoggerMessage(11, LogLevel.Warning, "NotShipped from spool {Spool}: the transaction ended {Outcome}, {Reason}", EventName = "NotShipped")]
    private static partial void NotShipped(ILogger logger, Guid spool, TransactionOutcome outcome, string? reason);

    [LoggerMessage(12, LogLevel.Error, "VolumeCloned: another process writes with the id of spool {Spool}; shipping stopped", EventName = "VolumeCloned")]
    private static partial void VolumeCloned(ILogger logger, Guid spool);

    [LoggerMessage(14, LogLevel.Error, "TailLost of epoch {Epoch:N}: {Frames} frames were shipped and then lost from the disk", EventName = "TailLost")]
    private static partial void TailLost(ILogger logger, Guid epoch, long frames);

    [LoggerMessage(15, LogLevel.Warning, "CheckpointUsed for epoch {Epoch:N}: the log had no position, shipping from {Position}", EventName = "CheckpointUsed")]
    private static partial void CheckpointUsed(ILogger logger, Guid epoch, long position);

    [LoggerMessage(16, LogLevel.Information, "EpochShipped {Epoch:N}: an earlier start's events are all in the log", EventName = "EpochShipped")]
    private static partial void EpochShipped(ILogger logger, Guid epoch);

    [LoggerMessage(17, LogLevel.Error, "FramesDamaged {File} at byte {Position}: {Frames} frames cannot be read, {Reason}", EventName = "FramesDamaged")]
    private static partial void FramesDamaged(ILogger logger, string file, long position, long frames, string reason);
}
