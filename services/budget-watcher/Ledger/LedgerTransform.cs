using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Ledger;

/// <summary>
/// The ledger's core: adds deltas to accounts, and tells when a threshold is passed.
/// <code>
///   llm-budget-spend ──(1) read──► delta ──(2) add──► account ──(3) judge──► llm-budget-alerts
///          │                         │                   └──(4) as it is now──► llm-budget-state ──(0) restore──► account
///          │                         └─ 35 days after its period: counted, dropped
///          └─ what cannot be read ──► llm-budget-spend.dead-letter
/// </code>
/// Guarantee: state, alerts and position are one transaction, and the partition's own state record says which position its state
/// belongs to; so every delta is in the state once, and every crossing is one alert id. Not for use by two threads.
/// </summary>
public sealed class LedgerTransform : IStatefulTransform, IDisposable
{
    /// <summary>Name in dead letters, metrics and logs.</summary>
    public const string Stage = "budget-watcher-ledger";

    /// <summary>Accounts that one decision of what is due changes.</summary>
    private const int MaxDue = 2_000;

    private readonly BudgetCatalog _budgets;
    private readonly RecordReader<BudgetSpend> _reader;
    private readonly LedgerRestore _restore;
    private readonly StateRecords _records;
    private readonly LedgerMetrics _metrics;
    private readonly Dictionary<TopicPartition, PartitionBook> _books = [];
    private readonly List<ThresholdChange> _changes = [];

    public LedgerTransform(ILog log, SchemaCatalog schemas, BudgetSet budgets)
    {
        _budgets = new BudgetCatalog(budgets);
        _reader = new RecordReader<BudgetSpend>(schemas);
        _records = new StateRecords(schemas);
        _restore = new LedgerRestore(log, schemas, _budgets);
        _metrics = new LedgerMetrics(Standings);
    }

    /// <summary>What every budget has spent, as committed.</summary>
    public BudgetStandings Standings { get; } = new();

    public IReadOnlyList<StoppedPartition> Stopped => _restore.Stopped;

    public RestoreOutcome Restore(RestoreRequest request, CancellationToken stop)                          // (0)
    {
        var outcome = _restore.Continue(request, stop);
        if (outcome != RestoreOutcome.Restored) return outcome;
        _restore.HandOver(_books);
        foreach (var partition in request.Positions.Keys)
            if (_books.TryGetValue(partition, out var book)) Standings.Show(book);
        return RestoreOutcome.Restored;
    }

    public void Revoked(IReadOnlyList<TopicPartition> partitions)
    {
        _restore.Revoked(partitions);
        foreach (var partition in partitions)
            if (_books.Remove(partition, out var book)) Standings.Forget(book);
    }

    public void BeginDecision()
    {
        foreach (var book in _books.Values) book.Void();
        _metrics.Void();
    }

    public void Step(RecordBatch batch, StepEffects effects)
    {
        foreach (var record in batch.Records) Post(record, effects);
    }

    public bool FindDue(DateTimeOffset now, CancellationToken stop)
    {
        var found = 0;
        foreach (var book in _books.Values)
        {
            found += book.Due.Count;
            while (found < MaxDue && book.Ends.TryTake(book.StreamTime, out var ended)) found += AddDue(book, ended);
            while (found < MaxDue && book.Unjudged.TryDequeue(out var unjudged)) found += AddDue(book, unjudged);
        }

        return found > 0;
    }

    public void StepDue(IReadOnlyDictionary<TopicPartition, long> positions, StepEffects effects)
    {
        foreach (var (source, book) in _books)
        {
            if (!positions.ContainsKey(source)) continue;
            foreach (var key in book.Due) Settle(book, key, effects);
        }
    }

    public void EndDecision(IReadOnlyDictionary<TopicPartition, long> next, StepEffects effects)
    {
        foreach (var (source, book) in _books)
        {
            var isMoved = next.TryGetValue(source, out var position) && position != book.Next;
            foreach (var (key, account) in book.Decided) effects.AppendCombined(_records.Of(book, key, account, _restore.PartitionCount)); // (4)
            if (isMoved || book.IsChanged) effects.AppendCombined(_records.OfBook(source, book, Math.Max(position, book.Next), _restore.PartitionCount));
            book.Moved = isMoved ? position : null;
        }
    }

    public void Committed()
    {
        foreach (var book in _books.Values)
        {
            Standings.Advance(book.StreamTime);
            foreach (var (key, account) in book.Decided)
            {
                if (account is null) Standings.Forget(key);
                else Standings.Show(account);
            }

            book.Commit();
        }

        _metrics.Committed();
    }

    public void Dispose()
    {
        _restore.Dispose();
        _reader.Dispose();
        _records.Dispose();
        _metrics.Dispose();
    }

    private void Post(LogRecord record, StepEffects effects)
    {
        var book = _books[record.Source];
        // Only after an operator set the position back.
        if (record.Offset < book.Next) return;
        var outcome = _reader.Read(record, out var delta, out _);                                           // (1)
        if (outcome != RecordReadOutcome.Ok || !IsValid(delta!))
        {
            if (outcome != RecordReadOutcome.Ok) effects.Bury(record, Stage, outcome.ToReason(), outcome.ToMessage());
            else effects.Bury(record, Stage, DeadLetterReason.InvalidRecord, "instance_id is not 32 characters, or the minute is not in the period");
            return;
        }

        book.Advance(record.AppendedAt);
        if (AccountEnds.IsExpired(delta!.PeriodEnd, book.StreamTime))
        {
            _metrics.DroppedLate();
            return;
        }

        var key = new AccountKey(delta.InstanceId, delta.PeriodStart);
        var account = book.Change(key) ?? book.Begin(delta, _budgets.Find(delta.Budget, delta.InstanceId, delta.Per));
        account.Add(delta, new RecordPosition { Topic = record.Source.Topic, Partition = record.Source.Partition, Offset = record.Offset }); // (2)
        Judge(book, account, delta.Minute, record, effects);                                                // (3)
    }

    /// <summary>Does what time or changed configuration asks for.</summary>
    private void Settle(PartitionBook book, in AccountKey key, StepEffects effects)
    {
        if (book.Change(key) is not { } account) return;
        if (AccountEnds.IsExpired(account.PeriodEnd, book.StreamTime))
        {
            book.Remove(key);
            return;
        }

        Judge(book, account, book.StreamTime < account.PeriodEnd ? book.StreamTime : account.PeriodEnd, null, effects);
        if (!book.MustReset(account)) return;
        account.IsReset = true;
        var reset = new Crossing { ThresholdPercent = 0, Limit = account.Judged.Limit, Ordinal = 1, Active = false, Unit = account.Judged.Unit };
        Tell(account, new ThresholdChange(AlertKind.PeriodReset, reset), account.PeriodEnd, null, effects);
    }

    private int AddDue(PartitionBook book, in AccountKey key)
    {
        if (book.Find(key) is not { } account) return 0;
        if (!AccountEnds.IsExpired(account.PeriodEnd, book.StreamTime) && !book.MustReset(account) && !IsMisjudged(book, account)) return 0;
        book.Due.Add(key);
        return 1;
    }

    private bool IsMisjudged(PartitionBook book, PeriodAccount account)
    {
        if (account.Budget is null) return false;
        var (unit, limit) = LimitOf(book, account);
        _changes.Clear();
        return !ReferenceEquals(account.Crossings, Thresholds.Judge(account.Crossings, unit, limit, account.Budget.Thresholds, account.SpentIn(unit), _changes));
    }

    private void Judge(PartitionBook book, PeriodAccount account, DateTimeOffset occurredAt, LogRecord? source, StepEffects effects)
    {
        if (account.Budget is not { } budget) return;
        var (unit, limit) = account.Judged = LimitOf(book, account);
        _changes.Clear();
        account.Crossings = Thresholds.Judge(account.Crossings, unit, limit, budget.Thresholds, account.SpentIn(unit), _changes);
        foreach (var change in _changes) Tell(account, change, occurredAt, source, effects);
    }

    /// <summary>A period that has ended keeps the limit that it ended with: a changed budget is no news about last month.</summary>
    private static (BudgetUnit Unit, decimal Limit) LimitOf(PartitionBook book, PeriodAccount account) =>
        account.Judged.Limit > 0 && account.PeriodEnd <= book.StreamTime ? account.Judged : (account.Budget!.Unit, account.Budget.Limit);

    private void Tell(PeriodAccount account, in ThresholdChange change, DateTimeOffset occurredAt, LogRecord? source, StepEffects effects)
    {
        var alert = _records.Alert(account, change, occurredAt);
        if (source is null) effects.AppendCombined(alert);
        else effects.Append(source, alert);
        _metrics.Told(change.Kind);
    }

    private static bool IsValid(BudgetSpend delta) =>
        delta.InstanceId.Length == BudgetIdentity.IdChars && delta.Minute >= delta.PeriodStart && delta.Minute < delta.PeriodEnd;
}
