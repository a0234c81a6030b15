using System.Buffers.Binary;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Segments;

namespace Pipeline.GatewayEdge.Spooling;

/// <summary>What follows a transaction, by how it ended.</summary>
public sealed partial class Shipper
{
    private TimeSpan Committed()
    {
        var drain = _drain!;
        ShippedEvents += _batch.Count;
        SpoolMetrics.Shipped.Add(_batch.Count);
        var recovered = 0;
        for (var i = 0; i < _batch.Count; i++)
            if (_batch[i].Position >= EpochDrain.RecoveredBase) recovered++;
        RecoveredOpenings += recovered;
        SpoolMetrics.OpeningsRecovered.Add(recovered);
        if (_batch.Count > 0) _partition = (_partition + 1) % _partitions;
        _committedAt = _time.GetTimestamp();
        _retry = _retry.AfterSuccess();
        _refused.Clear();
        drain.StoreCheckpoint(drain.Position);                                                  // (4)
        if (drain.IsClosed) _spool.Free(drain.Epoch.Store.DeleteBefore(drain.NeededFrom(drain.Position)));
        else _spool.DeleteShipped(drain.Position);
        Show(ShipperPhase.Shipping, null);
        return _batch.IsFull || drain.IsClosed ? TimeSpan.Zero : Interval;
    }

    private TimeSpan NotCommitted(TransactionResult result)                                     // (5)
    {
        NotShipped(_logger, _spool.Id, result.Outcome, result.Reason);
        _mustSeek = true;
        if (result.IsWriterSpent)
        {
            _writer!.Dispose();
            _writer = null;
        }

        if (result.Outcome != TransactionOutcome.Fenced || !_fences.Fenced(_time.GetUtcNow()))
            return Later(ShipperPhase.WaitingForLog, $"the last transaction ended {result.Outcome}: {result.Reason}");
        VolumeCloned(_logger, _spool.Id);
        Show(ShipperPhase.Cloned, $"another process writes with the id of this spool ({_spool.Id}): its volume was copied; give the copy an empty spool, then start this gateway again. Events are kept here, nothing is shipped");
        return MaxRetryWait;
    }

    /// <returns>False when they could not be kept: nothing is given up, the transaction is tried again later.</returns>
    private bool KeepRefused(TransactionResult result)
    {
        var epoch = _drain!.Epoch.Record.Epoch;
        Span<byte> head = stackalloc byte[24];
        epoch.TryWriteBytes(head, bigEndian: true, out _);
        foreach (var index in result.Refused!)
        {
            var (position, value) = _batch[index];
            BinaryPrimitives.WriteInt64LittleEndian(head[16..], position);
            var before = _spool.Refused.EndAddress;
            if (_spool.Refused.Append(head, value.Span, out _) != AppendOutcome.Appended) return false;
            _spool.Use(_spool.Refused.EndAddress - before);
        }

        if (_spool.Refused.Flush() != AppendOutcome.Appended) return false;
        foreach (var index in result.Refused)
        {
            _refused.Add(_batch[index].Position);
            RecordRefused(_logger, epoch, _batch[index].Position, result.Reason);
        }

        RefusedEvents += result.Refused.Count;
        SpoolMetrics.Refused.Add(result.Refused.Count);
        Notice($"the log refused {RefusedEvents} events for themselves ({result.Reason}); they are kept in the spool's folder `refused`");
        _batch.Remove(result.Refused);
        return true;
    }

    private TimeSpan EndEpoch()
    {
        var drain = _drain!;
        drain.Dispose();
        _drain = null;
        if (drain.Damage is null)
        {
            EpochShipped(_logger, drain.Epoch.Record.Epoch);
            if (!_spool.DeleteOlder(drain.Epoch)) Notice($"the folder of the shipped epoch {drain.Epoch.Record.Epoch:N} cannot be deleted; make the spool's folder writable");
        }
        else
        {
            // Kept for the operator: all that can be read is shipped, and its position says so.
            _spool.Older.Remove(drain.Epoch);
            drain.Epoch.Store.Dispose();
        }

        return TimeSpan.Zero;
    }

    private static string OutcomeName(TransactionOutcome outcome) => outcome switch
    {
        TransactionOutcome.Committed => "committed",
        TransactionOutcome.Aborted => "aborted",
        TransactionOutcome.Refused => "refused",
        TransactionOutcome.Fenced => "fenced",
        _ => "unknown",
    };
}
