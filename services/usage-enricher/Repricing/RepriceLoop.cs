using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Repricing;

/// <summary>How a run ended.</summary>
internal enum RepriceEnd
{
    /// <summary>All of the period that the log holds was decided.</summary>
    Finished,

    /// <summary>Somebody else has the run.</summary>
    Refused,

    /// <summary>The log does not take what must be written.</summary>
    Failed,
}

/// <summary>
/// Prices a period of the log again, partition by partition.
/// <code>
///   (1) take the run ──► (2) read the partition: newest revisions ──► (3) read it again: decide ──► (4) one transaction: revisions,
///        ▲                    ▲ next partition, or next share of it         │                            differences, position, run
///        └── spent writer ────┴─────────────────────────────────────────────┴──── nothing to change
/// </code>
/// Guarantee: a revision and its difference are one transaction of the one transactional id, and nothing decided before a lost answer is
/// trusted after it: the newest revisions are read again. So whatever happens, an event is repriced once, and one whose figures are already
/// those of the catalogue is left alone.
/// </summary>
/// <remarks>The shell calls <see cref="Turn"/>; so does the simulation. One thread.</remarks>
/// <param name="holder">Null = a dry run: nothing is written, nobody is kept away.</param>
internal sealed class RepriceLoop(ILog log, SchemaCatalog schemas, RepriceStep step, RunHolder? holder, TimeProvider time, int maxHeld = LatestRevisions.MaxHeld) : IDisposable
{
    private static readonly TimeSpan EmptyWait = TimeSpan.FromMilliseconds(50);
    private static readonly IReadOnlyDictionary<TopicPartition, long> NoPositions = new Dictionary<TopicPartition, long>();

    private readonly StepEffects _effects = new();
    private readonly HashSet<LogRecord> _refused = new(ReferenceEqualityComparer.Instance);
    private RetryWait _retry = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5));

    // Of the batch in hand, and of what was decided since the position was stored.
    private readonly Differences _pending = new();
    private readonly Differences _unstored = new();

    // Of the partition in hand.
    private int _partition;
    private int _shares;
    private int _share;
    private long _from;
    private PartitionBounds _bounds;
    private LatestRevisions _latest = new(1, 0);
    private PartitionPass? _scan;
    private PartitionPass? _pass;

    /// <summary>How many events the run had repriced when a transaction's answer was lost; null = every answer is known.</summary>
    private long? _unanswered;

    /// <summary>Null while there is work.</summary>
    public RepriceEnd? End { get; private set; }

    /// <summary>Why it ended without being finished.</summary>
    public string? Reason { get; private set; }

    /// <summary>What is committed of this process's part of the run, or what a dry run found.</summary>
    public Differences Total { get; } = new();

    /// <returns>How long to hold before the next turn; zero when it may follow at once.</returns>
    public TimeSpan Turn(CancellationToken stop)
    {
        if (End is not null) return TimeSpan.Zero;
        if (holder is { IsHeld: false }) return Claim(stop);                                                // (1)
        if (holder is { IsBeatDue: true }) holder.Beat();
        if (holder is { IsHeld: false }) return TimeSpan.Zero;
        if (_scan is null && _pass is null) return Begin();
        return _scan is not null ? Scan(_scan, stop) : Decide(_pass!, stop);
    }

    /// <summary>Says in the log that the run rests, so that the next one need not watch whether it is alive.</summary>
    public void Rest()
    {
        if (holder is { IsHeld: true } && End is null) holder.Write([], NoPositions, 0, RepricePhase.Stopped);
    }

    public void Dispose() => Abandon();

    private TimeSpan Claim(CancellationToken stop)
    {
        var wait = holder!.Continue(stop);
        if (holder.Refusal is { } refusal) return Fail(RepriceEnd.Refused, refusal);
        if (!holder.IsHeld) return wait;
        // The run's own count says whether the transaction without an answer was committed.
        if (_unanswered is { } before && holder.Run.Repriced > before) Total.AddRows(_pending);
        _unanswered = null;
        Abandon();
        return TimeSpan.Zero;
    }

    private TimeSpan Begin()
    {
        if (log.PartitionCount(Topics.Usage) is not { } partitions) return Later();
        if (_partition >= partitions) return Finish();
        var partition = new TopicPartition(Topics.Usage, _partition);
        if (_share == 0)
        {
            if (log.ReadBounds(partition) is not { } bounds) return Later();
            if ((holder is null ? 0 : holder.Position(partition)) is not { } position) return Later();
            (_bounds, _from, _shares) = (bounds, Math.Max(bounds.Start, position), LatestRevisions.SharesFor(bounds.End - bounds.Start, maxHeld));
            if (_from >= bounds.End)
            {
                _partition++;
                return TimeSpan.Zero;
            }
        }

        _latest = new LatestRevisions(_shares, _share);
        _scan = new PartitionPass(log, partition, _bounds.Start, _bounds.End);                              // (2)
        return TimeSpan.Zero;
    }

    private TimeSpan Scan(PartitionPass scan, CancellationToken stop)
    {
        if (scan.IsComplete)
        {
            scan.Dispose();
            (_scan, _pass) = (null, new PartitionPass(log, new TopicPartition(Topics.Usage, _partition), _from, _bounds.End));
            return TimeSpan.Zero;
        }

        if (TryRead(scan, out var records, out var next, stop) is { } wait) return wait;
        foreach (var record in records) step.Note(record, _latest);
        scan.Take(next);
        return records.Count == 0 && !scan.IsComplete ? EmptyWait : TimeSpan.Zero;
    }

    private TimeSpan Decide(PartitionPass pass, CancellationToken stop)
    {
        if (pass.IsComplete) return EndShare();
        if (TryRead(pass, out var records, out var next, stop) is { } wait) return wait;
        _effects.Clear();
        _pending.Clear();
        step.Step(records, _latest, time.GetUtcNow(), _refused, _effects, _pending);                        // (3)
        if (_effects.Records.Count == 0 || holder is null)
        {
            Total.AddRows(_pending);
            Taken(pass, next);
            return records.Count == 0 && !pass.IsComplete ? EmptyWait : TimeSpan.Zero;
        }

        return Write(pass, next);
    }

    private TimeSpan Write(PartitionPass pass, long next)
    {
        var before = holder!.Run.Repriced;
        var result = holder.Write(_effects.Records, _shares == 1 ? Position(next) : NoPositions, _pending.Repriced);  // (4)
        switch (result.Outcome)
        {
            case TransactionOutcome.Committed:
                Total.AddRows(_pending);
                Taken(pass, next);
                if (_shares == 1) Stored();
                _retry = _retry.AfterSuccess();
                return TimeSpan.Zero;
            case TransactionOutcome.Refused:
                return LeaveOut(result);
            case TransactionOutcome.Aborted:
                return Later();
            default:
                _unanswered = before;
                return TimeSpan.Zero;
        }
    }

    private TimeSpan LeaveOut(TransactionResult result)
    {
        foreach (var index in result.Refused!)
        {
            if (index >= _effects.Records.Count || _effects.Sources[index] is not { } source)
                return Fail(RepriceEnd.Failed, $"the log refuses a correction ({result.Reason}); give {Topics.Aggregates} and {Topics.RepriceRuns} a larger max.message.bytes");
            _refused.Add(source);
        }

        return TimeSpan.Zero;
    }

    private TimeSpan EndShare()
    {
        if (_share + 1 == _shares && holder is not null && holder.Write([], Position(_bounds.End), 0).Outcome != TransactionOutcome.Committed) return Later();
        _pass!.Dispose();
        _pass = null;
        if (++_share < _shares) return TimeSpan.Zero;
        Stored();
        (_partition, _share) = (_partition + 1, 0);
        return TimeSpan.Zero;
    }

    private TimeSpan Finish()
    {
        if (holder is not null && holder.Write([], NoPositions, 0, RepricePhase.Finished).Outcome != TransactionOutcome.Committed) return Later();
        End = RepriceEnd.Finished;
        return TimeSpan.Zero;
    }

    /// <returns>Null when there is a batch, which may be empty.</returns>
    private TimeSpan? TryRead(PartitionPass pass, out IReadOnlyList<LogRecord> records, out long next, CancellationToken stop)
    {
        records = pass.Read(out var batch, out next, stop);
        if (pass.IsBroken)
        {
            Abandon();
            return TimeSpan.Zero;
        }

        return schemas.Resolve(batch, stop) ? null : Later();
    }

    private void Taken(PartitionPass pass, long next)
    {
        foreach (var (id, revision) in step.Given) _latest.Note(id, revision);
        _unstored.AddCounts(_pending);
        _refused.Clear();
        pass.Take(next);
    }

    private void Stored()
    {
        Total.AddCounts(_unstored);
        _unstored.Clear();
    }

    /// <summary>The partition in hand is begun anew, from its stored position.</summary>
    private void Abandon()
    {
        _scan?.Dispose();
        _pass?.Dispose();
        (_scan, _pass, _share) = (null, null, 0);
        _refused.Clear();
        _unstored.Clear();
        _pending.Clear();
    }

    private Dictionary<TopicPartition, long> Position(long next) => new() { [new TopicPartition(Topics.Usage, _partition)] = next };

    private TimeSpan Fail(RepriceEnd end, string reason)
    {
        (End, Reason) = (end, reason);
        return TimeSpan.Zero;
    }

    private TimeSpan Later()
    {
        _retry = _retry.AfterFailure();
        return _retry.Current;
    }
}
