using System.Globalization;
using Microsoft.Extensions.Logging;
using Pipeline.Runtime;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Segments;
using Pipeline.Runtime.Transforming;

namespace Pipeline.GatewayEdge.Spooling;

/// <summary>
/// Moves the spool into `llm-usage-raw`, each event once.
/// <code>
///   epochs, oldest first ──(1) gather 200 ms or 1 MiB──► records of one partition ──(2) one transaction with the position──► llm-usage-raw
///        ▲                                                   │ refused for itself ──(3)──► refused segment
///        └──(5) new writer, position read again ◄── not committed      └──(4) checkpoint, then shipped segments and epochs are deleted
/// </code>
/// Guarantee: the position moves with the records or not at all, and nothing is deleted before its position is committed. Where the log
/// lost the position, the checkpoint counts, and at most the last transaction comes twice.
/// </summary>
/// <remarks>Owns its thread while it runs. The simulation calls <see cref="Turn"/> itself.</remarks>
public sealed partial class Shipper : IDisposable
{
    /// <summary>A transaction closes at this size, or after <see cref="Interval"/>.</summary>
    public const int MaxTransactionBytes = 1024 * 1024;

    /// <summary>Longest time that an event waits for others.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>An idle shipper commits its unchanged position at least this often, before the log's retention forgets it.</summary>
    public static readonly TimeSpan RecommitInterval = TimeSpan.FromHours(12);

    /// <summary>Longest time that a stop waits for what is in the spool.</summary>
    public static readonly TimeSpan DrainBound = TimeSpan.FromSeconds(10);

    private const int MaxNotices = 20;
    private static readonly TimeSpan FirstRetryWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxRetryWait = TimeSpan.FromSeconds(30);
    private static readonly TopicPartition PositionsPartition = new(Topics.EdgePositions, 0);

    private readonly Spool _spool;
    private readonly ILog _log;
    private readonly IReadOnlyList<TopicSpec> _topics;
    private readonly Func<string, int?> _schemaId;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly FenceWatch _fences = new();
    private readonly ShipBatch _batch = new();
    private readonly RefusedRecords _refused;
    private readonly List<string> _notices = [];

    private ILogWriter? _writer;
    private EpochDrain? _drain;
    private bool _mustSeek;
    private long _damageSeen;
    private bool _isProvisioned;
    private int _partitions;
    private int _partition;
    private long _committedAt;
    private RetryWait _retry = new(FirstRetryWait, MaxRetryWait);
    private volatile ShipperStatus _status = new(ShipperPhase.Starting, null, []);

    /// <param name="topics">The product's topics as they shall be; the two that are written here are made when missing.</param>
    /// <param name="schemaId">Id of the given schema under subject `llm-usage-raw-value`; null when the registry is away.</param>
    public Shipper(Spool spool, ILog log, IReadOnlyList<TopicSpec> topics, Func<string, int?> schemaId, TimeProvider time, ILogger logger)
    {
        (_spool, _log, _schemaId, _time, _logger) = (spool, log, schemaId, time, logger);
        _topics = [.. topics.Where(static topic => topic.Name is Topics.UsageRaw or Topics.EdgePositions)];
        _refused = new RefusedRecords(spool, logger);
        _committedAt = time.GetTimestamp();
        foreach (var damaged in spool.DamagedEpochs) Notice(damaged);
    }

    public ShipperStatus Status => _status;

    public long ShippedEvents { get; private set; }
    public long RefusedEvents => _refused.Count;
    public long TailLostFrames { get; private set; }
    public long DamagedFrames { get; private set; }
    public long RecoveredOpenings { get; private set; }

    /// <summary>Epochs that were shipped on from their checkpoint because the log had no position.</summary>
    public long PositionsFromCheckpoint { get; private set; }

    /// <summary>
    /// Runs until <paramref name="stop"/>, then ships what is left within <see cref="DrainBound"/>; the transaction in hand is
    /// committed or aborted before it returns.
    /// </summary>
    public void Run(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var wait = Turn();
                if (wait > TimeSpan.Zero) stop.WaitHandle.WaitOne(wait);
            }

            var began = _time.GetTimestamp();
            while (Turn() == TimeSpan.Zero && _time.GetElapsedTime(began) < DrainBound)
            {
            }
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>One turn: at most one committed transaction.</summary>
    /// <returns>How long to wait before the next turn; zero when it may follow at once.</returns>
    public TimeSpan Turn()
    {
        if (_status.Phase == ShipperPhase.Cloned) return MaxRetryWait;
        if (!_isProvisioned && !Provision()) return Later();
        if (_writer is null && !OpenWriter()) return Later();
        if (_drain is null && !BeginEpoch()) return Idle();
        if (_mustSeek && !Seek()) return Later();
        if (_schemaId(_drain!.Epoch.Record.SchemaJson) is not { } schemaId)
            return Later(ShipperPhase.WaitingForRegistry, "the events' schema has no id yet; the spool keeps them");

        Gather(schemaId);                                                                       // (1)
        CountDamage();
        if (_batch.Count > 0) return Ship();
        if (_drain!.IsClosed) return EndEpoch();
        if (_time.GetElapsedTime(_committedAt) < RecommitInterval) return Idle();
        return Ship();
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _drain?.Dispose();
        (_writer, _drain) = (null, null);
    }

    private bool Provision()
    {
        if (_log.Provision(_topics) is not { } defects) return Fail("the log cannot be reached");
        if (defects.Count > 0) return Fail(string.Join(' ', defects));
        _partitions = _log.PartitionCount(Topics.UsageRaw) ?? 0;
        if (_partitions == 0) return Fail($"the partitions of {Topics.UsageRaw} are not known");
        // Edges that start together spread over the partitions.
        _partition = (int)((uint)_spool.Id.GetHashCode() % (uint)_partitions);
        return _isProvisioned = true;
    }

    private bool OpenWriter()
    {
        _writer = _log.OpenWriter(_spool.Id.ToString(), out var reason);
        return _writer is not null || Fail($"no transactional writer: {reason}");
    }

    private bool BeginEpoch()
    {
        var isOlder = _spool.Older.Count > 0;
        if ((isOlder ? _spool.Older[0] : _spool.Live) is not { } epoch) return false;
        _drain = new EpochDrain(epoch, isOlder);
        _refused.Clear();
        _damageSeen = 0;
        return _mustSeek = true;
    }

    private bool Seek()
    {
        var drain = _drain!;
        var epoch = drain.Epoch.Record.Epoch;
        var read = _log.ReadPosition(GroupOf(drain), PositionsPartition);
        if (!read.IsKnown) return Fail("the spool's position cannot be read");
        var position = read.Next;
        if (position is null && drain.Checkpoint() is { } checkpoint and > 0)
        {
            position = checkpoint;
            PositionsFromCheckpoint++;
            SpoolMetrics.FromCheckpoint.Add(1);
            CheckpointUsed(_logger, epoch, checkpoint);
            Notice($"the log had no position for epoch {epoch:N}: shipped on from the spool's checkpoint, at most the last transaction may be there twice");
        }

        var lost = drain.Seek(position ?? drain.Epoch.Store.FirstOrdinal);
        _mustSeek = false;
        _spool.Covered(drain.Epoch, drain.Position, drain.ReadTo, drain.OwedBytes);
        if (lost > 0)
        {
            TailLostFrames += lost;
            SpoolMetrics.TailLost.Add(lost);
            TailLost(_logger, epoch, lost);
            Notice($"{lost} frames of epoch {epoch:N} were shipped and then lost from the disk; Gateway:Spool:Fsync=EachAppend keeps them through a loss of power");
        }

        return true;
    }

    private void Gather(int schemaId)
    {
        _batch.Clear();
        while (!_batch.IsFull && _drain!.TryRead(out var frame, out var position))
            if (!_refused.Contains(position)) _batch.Add(frame, position, schemaId, _drain.Epoch.Record);
    }

    private TimeSpan Ship()
    {
        var drain = _drain!;
        // A committed position must not be ahead of what a loss of power leaves.
        drain.Epoch.Store.Flush();
        while (true)
        {
            var records = _batch.Records(_partition, drain.Epoch.Record.Fingerprint);
            var positions = new PositionCommit(GroupOf(drain), new Dictionary<TopicPartition, long> { [PositionsPartition] = drain.Position });
            var began = _time.GetTimestamp();
            var result = _writer!.Execute(new LogTransaction(records, positions));              // (2)
            SpoolMetrics.Transactions.Add(1, new KeyValuePair<string, object?>("outcome", result.Outcome.ToName()));
            if (result.Outcome == TransactionOutcome.Committed) return Committed();
            if (result.Outcome != TransactionOutcome.Refused || !KeepRefused(result))           // (3)
                return NotCommitted(result, _time.GetElapsedTime(began));
        }
    }

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
        _spool.Covered(drain.Epoch, drain.Position, drain.ReadTo, drain.OwedBytes);
        drain.StoreCheckpoint(drain.Position);                                                  // (4)
        if (drain.IsClosed) _spool.Room.Free(drain.Epoch.Store.DeleteBefore(drain.NeededFrom(drain.Position)));
        else _spool.DeleteShipped(drain.Position);
        Show(ShipperPhase.Shipping, null);
        return _batch.IsFull || drain.IsClosed ? TimeSpan.Zero : Interval;
    }

    private TimeSpan NotCommitted(TransactionResult result, TimeSpan took)                      // (5)
    {
        NotShipped(_logger, _spool.Id, result.Outcome, result.Reason);
        _mustSeek = true;
        if (result.IsWriterSpent)
        {
            _writer!.Dispose();
            _writer = null;
        }

        if (result.Outcome != TransactionOutcome.Fenced || !_fences.Fenced(_time.GetUtcNow(), took))
            return Later(ShipperPhase.WaitingForLog, $"the last transaction ended {result.Outcome}: {result.Reason}");
        VolumeCloned(_logger, _spool.Id);
        Show(ShipperPhase.Cloned, $"another process writes with the id of this spool ({_spool.Id}): its volume was copied; give the copy an empty spool, then start this gateway again. Events are kept here, nothing is shipped");
        return MaxRetryWait;
    }

    private bool KeepRefused(TransactionResult result)
    {
        if (!_refused.TryKeep(_batch, _drain!.Epoch.Record.Epoch, result)) return false;
        Notice($"the log refused {RefusedEvents} events for themselves ({result.Reason}); they are kept in the spool's folder `refused`");
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
            _spool.Leave(drain.Epoch);
        }

        return TimeSpan.Zero;
    }

    private void CountDamage()
    {
        if (_drain!.Damage is not { } damage || _drain.DamagedFrames == _damageSeen) return;
        var more = _drain.DamagedFrames - _damageSeen;
        _damageSeen = _drain.DamagedFrames;
        DamagedFrames += more;
        SpoolMetrics.Damaged.Add(more);
        FramesDamaged(_logger, damage.File, damage.Position, more, damage.Reason);
        Notice($"{more} frames of the spool cannot be read ({damage}); the rest is shipped");
    }

    private static string GroupOf(EpochDrain drain) => DeliberateFaults.Active == DeliberateFault.SpoolEpochsShared ? drain.Epoch.Record.SpoolId.ToString() : string.Create(CultureInfo.InvariantCulture, $"{drain.Epoch.Record.SpoolId}.{drain.Epoch.Record.Epoch:N}");

    private TimeSpan Idle()
    {
        _retry = _retry.AfterSuccess();
        Show(ShipperPhase.Idle, null);
        return Interval;
    }

    private bool Fail(string reason)
    {
        if (_status.Reason != reason) ShipperWaits(_logger, reason);
        Show(ShipperPhase.WaitingForLog, reason);
        return false;
    }

    private TimeSpan Later(ShipperPhase phase, string reason)
    {
        Show(phase, reason);
        return Later();
    }

    private TimeSpan Later()
    {
        _retry = _retry.AfterFailure();
        return _retry.Current;
    }

    private void Notice(string text)
    {
        if (_notices.Count < MaxNotices) _notices.Add(text);
        _status = _status with { Notices = [.. _notices] };
    }

    private void Show(ShipperPhase phase, string? reason)
    {
        if (_status.Phase != phase || _status.Reason != reason) _status = _status with { Phase = phase, Reason = reason };
    }
}
