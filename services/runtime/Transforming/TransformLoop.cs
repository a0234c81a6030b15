using Microsoft.Extensions.Logging;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;

namespace Pipeline.Runtime.Transforming;

/// <summary>
/// Moves records of a group's topics through a step, each exactly once.
/// <code>
///   read ──(1)──► batch ──(2) prepare──► step ──(3)──► records, dead letters ──(4) one transaction with the positions──► next
///     ▲                      └─ hold ─┐                                                   │ anything but committed
///     └──────(6) rewind ◄─────────────┴──────────────(5) new writer when the old is spent ◄┘
/// </code>
/// Nothing is written without its positions and no position moves without what was decided: after every other outcome the
/// committed positions are read again and the same records come again.
/// </summary>
/// <remarks>Owns its thread while it runs. The simulation calls <see cref="Turn"/> itself.</remarks>
public sealed partial class TransformLoop : IDisposable
{
    private readonly ILog _log;
    private readonly TransformOptions _options;
    private readonly PrepareBatch? _prepare;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TransformMetrics _metrics;
    private readonly Deciding _deciding;
    private readonly DeadLetterRuns _runs;
    private readonly LagWatch _lag;
    private readonly StepEffects _effects = new();
    private readonly Stack<RecordBatch> _parts = new();
    private readonly StepMemory? _memory;

    private ILogReader? _reader;
    private ILogWriter? _writer;
    private bool _mustRewind;
    private RetryWait _retry;
    private volatile LoopStatus _status = new(LoopPhase.Starting, null, []);

    /// <param name="prepare">Null when the step needs nothing.</param>
    public TransformLoop(ILog log, ITransform transform, TransformOptions options, PrepareBatch? prepare, TimeProvider time, ILogger logger)
    {
        (_log, _options, _prepare, _time, _logger) = (log, options, prepare, time, logger);
        _metrics = new TransformMetrics(options.Stage);
        _deciding = new Deciding(transform, options.Stage, logger);
        _runs = new DeadLetterRuns(options.MaxConsecutiveDeadLetters);
        _lag = new LagWatch(log, options, _metrics, time);
        if (transform is IStatefulTransform stateful) _memory = new StepMemory(stateful, log, options);
        _retry = new RetryWait(options.FirstRetryWait, options.MaxRetryWait);
    }

    public LoopStatus Status => _status;

    /// <summary>
    /// Runs until <paramref name="stop"/>: the transaction in hand is finished, which takes at most the transaction timeout,
    /// then the group is left.
    /// </summary>
    /// <exception cref="LoopStoppedException">Too many dead letters in a row, or a dead letter that cannot be written.</exception>
    public void Run(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var wait = Turn(stop);
                if (wait <= TimeSpan.Zero) continue;
                if (_reader is not null) _reader.Hold(wait, stop);
                else stop.WaitHandle.WaitOne(wait);
            }

            Show(LoopPhase.Drained, null);
        }
        catch (LoopStoppedException stopped)
        {
            Show(LoopPhase.Stopped, stopped.Message);
            LoopStopped(_logger, _options.Stage, stopped.Message);
            throw;
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>One turn: at most one batch.</summary>
    /// <returns>How long to hold before the next turn; zero when it may follow at once.</returns>
    public TimeSpan Turn(CancellationToken stop)
    {
        if (_writer is null && !OpenWriter()) return Later();
        _reader ??= OpenReader();
        if (_memory is { IsRestored: false } && Restore(stop) is { } wait) return wait;
        if (_mustRewind && !_reader.Rewind()) return Later(LoopPhase.WaitingForLog, "the committed positions cannot be read");
        _mustRewind = false;

        var batch = _reader.Read(_options.MaxBatchRecords, _options.MaxBatchBytes, _options.MaxWait, stop);        // (1)
        if (_memory is not null)
        {
            if (!_memory.IsRestored) return RestoreFirst();
            batch = _memory.Readable(batch);
            if (!MoveDue(batch.Membership, stop)) return Later();
        }

        _lag.Seen(batch.Next);
        _lag.MeasureWhenDue();
        if (batch.IsEmpty) return Idle();

        if (_prepare is not null && !_prepare(batch, stop))                                                        // (2)
        {
            _mustRewind = true;
            return stop.IsCancellationRequested ? TimeSpan.Zero : Later(LoopPhase.WaitingForPreparation, "what the step needs cannot be had now; the batch is held back");
        }

        return Move(batch) ? Idle() : Later();
    }

    public void Dispose()
    {
        // The reader goes first: once the group has moved on, nothing of this loop may still be written.
        _reader?.Dispose();
        _writer?.Dispose();
        (_reader, _writer) = (null, null);
    }

    /// <returns>False when a part did not commit: the rest of the batch is void and is read again.</returns>
    private bool Move(RecordBatch batch)
    {
        _parts.Clear();
        _parts.Push(batch);
        while (_parts.TryPop(out var part))
            if (!MovePart(part)) return false;
        return true;
    }

    private bool MovePart(RecordBatch batch)
    {
        _deciding.Begin();
        while (true)
        {
            _deciding.Decide(batch, _effects);                                                                     // (3)
            if (!_effects.FitTransaction)
            {
                if (batch.IsEmpty) throw new InvalidOperationException($"{_options.Stage}: what is due exceeds one transaction");
                if (batch.Records.Count > 1)
                {
                    var (first, second) = BatchSplit.InHalf(batch);
                    _parts.Push(second);
                    _parts.Push(first);
                    return true;
                }

                _deciding.Exclude(batch.Records[0], DeadLetterReason.TooLarge, "what would be written from it exceeds one transaction");
                continue;
            }

            if (_runs.Propose(batch, _effects.DeadLetters) is { } over) throw TooManyDeadLetters(over);
            var result = Execute(batch);                                                                           // (4)
            switch (result.Outcome)
            {
                case TransactionOutcome.Committed:
                    Committed(batch);
                    return true;
                case TransactionOutcome.Refused:
                    LeaveOut(result);
                    continue;
                default:
                    NotCommitted(result);
                    return false;
            }
        }
    }

    private TransactionResult Execute(RecordBatch batch)
    {
        var records = _effects.ToRecords(_time.GetUtcNow(), _options.DeadLettersHoldBytes);
        var membership = DeliberateFaults.Active == DeliberateFault.RevokedPartitionCommitted ? null : batch.Membership;
        PositionCommit? positions = new(_options.Group, batch.Next, membership);
        if (DeliberateFaults.Active == DeliberateFault.PositionsBeforeRecords)
        {
            if (_writer!.Execute(new LogTransaction([], positions)) is { Outcome: not TransactionOutcome.Committed } alone) return alone;
            positions = null;
        }

        var began = _time.GetTimestamp();
        var result = _writer!.Execute(new LogTransaction(records, positions));
        _metrics.Ended(result.Outcome, _time.GetElapsedTime(began));
        return result;
    }

    private void Committed(RecordBatch batch)
    {
        _runs.Accept();
        _memory?.Committed(batch);
        _metrics.Committed(batch, _effects);
        foreach (var deadLetter in _effects.DeadLetters)
        {
            var source = deadLetter.Source;
            RecordDeadLettered(_logger, deadLetter.Stage, source.Source.Topic, source.Source.Partition, source.Offset, deadLetter.Reason, deadLetter.Message);
        }
    }

    /// <summary>Finds the records behind the refused outputs, so that the batch goes on without them.</summary>
    private void LeaveOut(TransactionResult result)
    {
        foreach (var index in result.Refused!)
        {
            if (index >= _effects.Records.Count)
            {
                var source = _effects.DeadLetters[index - _effects.Records.Count].Source;
                throw new LoopStoppedException($"{_options.Stage}: the log refuses the dead letter of {source.Source}@{source.Offset} ({result.Reason}); " +
                    $"give {Topics.DeadLetter(source.Source.Topic)} a larger max.message.bytes");
            }

            if (_effects.Sources[index] is { } culprit) _deciding.Exclude(culprit, DeadLetterReason.TooLarge, $"the log refuses what was made from it for {_effects.Records[index].Topic}: {result.Reason}");
            else if (_deciding.Isolate()) return;
            else throw new LoopStoppedException($"{_options.Stage}: the log refuses a record for {_effects.Records[index].Topic} that no single record brought about ({result.Reason}); give the topic a larger max.message.bytes");
        }
    }

    private void NotCommitted(TransactionResult result)
    {
        TransactionNotCommitted(_logger, _options.Stage, result.Outcome, result.Reason);
        if (result.IsWriterSpent)                                                                                  // (5)
        {
            _writer!.Dispose();
            _writer = null;
            _memory?.Doubt();
        }

        _mustRewind = true;                                                                                        // (6)
        Show(LoopPhase.WaitingForLog, $"the last transaction ended {result.Outcome}: {result.Reason}");
    }

    private bool OpenWriter()
    {
        _writer = _log.OpenWriter(_options.TransactionalId, out var reason);
        if (_writer is not null) return true;
        WriterNotOpened(_logger, _options.Stage, reason);
        Show(LoopPhase.WaitingForLog, $"no transactional writer: {reason}");
        return false;
    }

    private ILogReader OpenReader() => _log.OpenReader(new ReaderOptions(_options.Group, _options.Topics, Assigned, Revoked, _options.StartFrom));

    private void Assigned(IReadOnlyList<TopicPartition> partitions)
    {
        PartitionsAssigned(_logger, _options.Stage, string.Join(' ', partitions));
        _lag.Assigned(partitions);
        _memory?.Assigned(partitions);
    }

    private void Revoked(IReadOnlyList<TopicPartition> partitions)
    {
        PartitionsRevoked(_logger, _options.Stage, string.Join(' ', partitions));
        _runs.Forget(partitions);
        _lag.Revoked(partitions);
        _memory?.Revoked(partitions);
    }

    private TimeSpan Idle()
    {
        _retry = _retry.AfterSuccess();
        Show(LoopPhase.Running, null);
        return TimeSpan.Zero;
    }

    private TimeSpan Later(LoopPhase phase, string reason)
    {
        Show(phase, reason);
        return Later();
    }

    private TimeSpan Later()
    {
        _retry = _retry.AfterFailure();
        return _retry.Current;
    }

    private void Show(LoopPhase phase, string? reason)
    {
        var stopped = StoppedPartitions();
        if (_status.Phase == phase && _status.Reason == reason && ReferenceEquals(_status.StoppedPartitions, stopped)) return;
        if (!ReferenceEquals(_status.StoppedPartitions, stopped)) _metrics.Stopped(stopped);
        _status = new LoopStatus(phase, reason, stopped);
    }

    private LoopStoppedException TooManyDeadLetters(LogRecord over) =>
        new($"{_options.Stage}: more than {_options.MaxConsecutiveDeadLetters} dead letters in a row on {over.Source} up to offset {over.Offset}; " +
            "nothing of this batch was committed. Look at the newest dead letters for the reason, correct it, and start again " +
            "(or raise MaxConsecutiveDeadLetters to let them go)");
}
