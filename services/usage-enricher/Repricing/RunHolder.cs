using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;

namespace Pipeline.UsageEnricher.Repricing;

/// <summary>
/// Takes the run over and writes for it.
/// <code>
///   find ──► a run that did not end? ──yes──► watch: signs of life ──yes──► refused
///    ▲              │ no                            │ none
///    │              ▼                               ▼
///    └─ lost ◄── take: fence what is left, look again, write our name ──► held ──► transactions, each with the run's record
///                   ▲                                                                 │ the writer is spent: is it still ours?
///                   └─────────────────────────────────────────────────────────────────┘
/// </code>
/// </summary>
/// <param name="wanted">The run as it is to begin; its owner is this process.</param>
/// <param name="watch">How long a run without signs of life is watched before it counts as dead.</param>
internal sealed class RunHolder(ILog log, SchemaCatalog schemas, RepriceRun wanted, TimeSpan watch, TimeProvider time) : IDisposable
{
    /// <summary>A run shows that it is alive at least that often.</summary>
    public static readonly TimeSpan BeatInterval = TimeSpan.FromSeconds(2);

    /// <summary>Long enough for a transaction that is tried again.</summary>
    public static readonly TimeSpan DefaultWatch = TimeSpan.FromSeconds(12);

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);

    private readonly RunClaim _claim = new(log, schemas);
    private readonly RepriceRun _wanted = wanted;
    private ILogWriter? _writer;
    private KnownRun _seen;
    private DateTimeOffset? _watchedSince;
    private bool _isFound;
    private bool _isOurs;
    private DateTimeOffset _lastWrite;
    private RetryWait _retry = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5));

    /// <summary>The run as it is committed; valid while <see cref="IsHeld"/>.</summary>
    public RepriceRun Run { get; private set; } = wanted;

    public bool IsHeld { get; private set; }

    /// <summary>Why somebody else has it, with what to do; null = nobody does.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The run goes on where an earlier process stopped or died.</summary>
    public bool IsResumed { get; private set; }

    /// <summary>An unfinished run of another period or catalogue was found: it stays as it is.</summary>
    public RepriceRun? Abandoned { get; private set; }

    /// <summary>An earlier run did not end, and is watched for signs of life.</summary>
    public bool IsWatching => _watchedSince is not null;

    public bool IsBeatDue => IsHeld && time.GetUtcNow() - _lastWrite >= BeatInterval;

    /// <returns>How long to hold before it is called again; zero once held or refused.</returns>
    public TimeSpan Continue(CancellationToken stop)
    {
        if (!_isFound && !_isOurs) return Look(stop);
        if (_writer is null && (_writer = log.OpenWriter(RunClaim.TransactionalId, out _)) is null) return Later();
        if (_claim.Find(stop) is not { } known) return LookInterval;
        if (_isOurs) return Regain(known);
        return known.Run == _seen.Run ? Take(known.Run) : Refuse("another run began at the same moment");
    }

    /// <summary>Writes in one transaction with the run's record.</summary>
    /// <param name="positions">Next offset to decide by partition of llm-usage.</param>
    /// <param name="repriced">Events that these records give another price.</param>
    public TransactionResult Write(IReadOnlyList<NewRecord> records, IReadOnlyDictionary<TopicPartition, long> positions, long repriced, RepricePhase phase = RepricePhase.Running)
    {
        var run = Run with { Repriced = Run.Repriced + repriced, Phase = phase };
        var result = Execute([.. records, _claim.ToRecord(run)], positions);
        if (result.Outcome == TransactionOutcome.Committed) Run = run;
        return result;
    }

    /// <summary>A sign of life.</summary>
    public void Beat() => Write([], new Dictionary<TopicPartition, long>(), 0);

    /// <returns>Null when the log does not say; 0 when there is none.</returns>
    public long? Position(TopicPartition partition) => log.ReadPosition(Groups.Reprice, partition) is { IsKnown: true } read ? read.Next ?? 0 : null;

    public void Dispose()
    {
        _writer?.Dispose();
        _claim.Dispose();
    }

    private TimeSpan Look(CancellationToken stop)
    {
        if (_claim.Find(stop) is not { } known) return LookInterval;
        var isAlive = _watchedSince is not null && known.At != _seen.At;
        if (known.Run is not { Phase: RepricePhase.Running } running || running.Owner == _wanted.Owner)
        {
            _isFound = true;
        }
        else if (isAlive)
        {
            return Refuse($"a run over {TextOf(running.PeriodStart)} to {TextOf(running.PeriodEnd)} is under way since {TextOf(running.BeganAt)}");
        }
        else if (_watchedSince is null || time.GetUtcNow() - _watchedSince < watch)
        {
            (_watchedSince, _seen) = (_watchedSince ?? time.GetUtcNow(), known);
            return LookInterval;
        }
        else
        {
            _isFound = true;
        }

        (_seen, _watchedSince) = (known, null);
        return TimeSpan.Zero;
    }

    /// <summary>Writes our name, and for a new run that nothing is decided yet.</summary>
    private TimeSpan Take(RepriceRun? before)
    {
        if (log.PartitionCount(Topics.Usage) is not { } partitions) return Later();
        var unfinished = before is { Phase: not RepricePhase.Finished } ? before : null;
        var goesOn = unfinished is not null && IsSame(unfinished);
        IsResumed |= goesOn && unfinished!.Owner != _wanted.Owner;
        Abandoned = goesOn ? null : unfinished;
        var run = goesOn ? unfinished! with { Owner = _wanted.Owner, Phase = RepricePhase.Running } : _wanted;
        var positions = goesOn ? [] : Enumerable.Range(0, partitions).ToDictionary(static partition => new TopicPartition(Topics.Usage, partition), static _ => 0L);
        var result = Execute([_claim.ToRecord(run)], positions);
        if (result.Outcome == TransactionOutcome.Committed)
        {
            (Run, _isOurs, IsHeld) = (run, true, true);
            return TimeSpan.Zero;
        }

        if (result.Outcome == TransactionOutcome.Fenced) return Refuse("another run took over at the same moment");
        // Whether our name was written shows when it is looked for again.
        _isFound = !result.IsWriterSpent;
        return Later();
    }

    private TimeSpan Regain(KnownRun known)
    {
        if (known.Run?.Owner != _wanted.Owner) return Refuse("another run took over");
        (Run, IsHeld) = (known.Run, true);
        return TimeSpan.Zero;
    }

    private TransactionResult Execute(IReadOnlyList<NewRecord> records, IReadOnlyDictionary<TopicPartition, long> positions)
    {
        var result = _writer!.Execute(new LogTransaction(records, new PositionCommit(Groups.Reprice, positions)));
        if (result.Outcome == TransactionOutcome.Committed) (_lastWrite, _retry) = (time.GetUtcNow(), _retry.AfterSuccess());
        if (!result.IsWriterSpent) return result;
        _writer.Dispose();
        _writer = null;
        IsHeld = false;
        return result;
    }

    private bool IsSame(RepriceRun run) =>
        run.PeriodStart == _wanted.PeriodStart && run.PeriodEnd == _wanted.PeriodEnd && run.CatalogueId == _wanted.CatalogueId && run.CatalogueVersion == _wanted.CatalogueVersion;

    private TimeSpan Refuse(string reason)
    {
        Refusal = reason;
        IsHeld = false;
        return TimeSpan.Zero;
    }

    private TimeSpan Later()
    {
        _retry = _retry.AfterFailure();
        return _retry.Current;
    }

    private static string TextOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
