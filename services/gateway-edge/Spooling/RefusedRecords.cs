using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Segments;

namespace Pipeline.GatewayEdge.Spooling;

/// <summary>
/// Keeps the events that the log refuses for themselves in the spool's folder `refused`, so that they do not stop the others: epoch and
/// position, then the event.
/// </summary>
internal sealed partial class RefusedRecords(Spool spool, ILogger logger)
{
    private const int EpochBytes = 16;

    /// <summary>Kept, and still to be passed over when the same frames are gathered again.</summary>
    private readonly HashSet<long> _positions = [];

    /// <summary>Events kept so far.</summary>
    public long Count { get; private set; }

    public bool Contains(long position) => _positions.Contains(position);

    /// <summary>The position has passed them, or another epoch begins.</summary>
    public void Clear() => _positions.Clear();

    /// <summary>Takes what was refused out of the batch.</summary>
    /// <returns>False when it could not be kept: nothing is given up, the transaction is tried again later.</returns>
    public bool TryKeep(ShipBatch batch, Guid epoch, TransactionResult result)
    {
        Span<byte> head = stackalloc byte[EpochBytes + sizeof(long)];
        epoch.TryWriteBytes(head, bigEndian: true, out _);
        foreach (var index in result.Refused!)
        {
            var (position, value) = batch[index];
            BinaryPrimitives.WriteInt64LittleEndian(head[EpochBytes..], position);
            var before = spool.Refused.EndAddress;
            if (spool.Refused.Append(head, value.Span, out _) != AppendOutcome.Appended) return false;
            spool.Room.Use(spool.Refused.EndAddress - before);
        }

        if (spool.Refused.Flush() != AppendOutcome.Appended) return false;
        foreach (var index in result.Refused)
        {
            _positions.Add(batch[index].Position);
            RecordRefused(logger, epoch, batch[index].Position, result.Reason);
        }

        Count += result.Refused.Count;
        SpoolMetrics.Refused.Add(result.Refused.Count);
        batch.Remove(result.Refused);
        return true;
    }

    [LoggerMessage(13, LogLevel.Error, "RecordRefused of epoch {Epoch:N} at {Position}: {Reason}", EventName = "RecordRefused")]
    private static partial void RecordRefused(ILogger logger, Guid epoch, long position, string? reason);
}
