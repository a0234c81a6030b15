using Pipeline.BudgetWatcher.Rules;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Ledger;

/// <summary>
/// The accounts of one partition of llm-budget-spend: what is committed, and over it what the decision in hand has changed.
/// </summary>
internal sealed class PartitionBook(int partition)
{
    private readonly Dictionary<AccountKey, PeriodAccount> _committed = [];

    /// <summary>Copies that the decision works on; null = removed. In the order in which it touched them.</summary>
    private readonly OrderedDictionary<AccountKey, PeriodAccount?> _decided = [];

    private readonly AccountEnds _ends = new();
    private DateTimeOffset _committedTime;

    public int Partition => partition;

    /// <summary>Newest append time of the spend records in the book: the only clock it has.</summary>
    public DateTimeOffset StreamTime { get; private set; }

    /// <summary>Spend before this offset is in the book.</summary>
    public long Next { get; private set; }

    /// <summary>Accounts that changed configuration may have made wrong; looked through after a restore.</summary>
    public Queue<AccountKey> Unjudged { get; } = new();

    /// <summary>Taken out of the waiting ones, and to be put back if the decision about them is not committed.</summary>
    public List<AccountKey> Due { get; } = [];

    public IEnumerable<(AccountKey Key, PeriodAccount? Account)> Decided => _decided.Select(static one => (one.Key, one.Value));

    public IEnumerable<PeriodAccount> Committed => _committed.Values;

    public bool IsChanged => _decided.Count > 0;

    public AccountEnds Ends => _ends;

    /// <summary>The account as the decision in hand sees it.</summary>
    public PeriodAccount? Find(in AccountKey key) => _decided.TryGetValue(key, out var decided) ? decided : _committed.GetValueOrDefault(key);

    /// <summary>The account to be changed by the decision in hand.</summary>
    public PeriodAccount? Change(in AccountKey key)
    {
        if (_decided.TryGetValue(key, out var decided)) return decided;
        if (!_committed.TryGetValue(key, out var committed)) return null;
        return _decided[key] = committed.Copy();
    }

    public PeriodAccount Begin(BudgetSpend delta, Budget? budget)
    {
        var account = PeriodAccount.Begin(delta, budget);
        _decided[account.Key] = account;
        return account;
    }

    public void Remove(in AccountKey key) => _decided[key] = null;

    public void Advance(DateTimeOffset appendedAt)
    {
        if (appendedAt > StreamTime) StreamTime = appendedAt;
    }

    /// <summary>Goes back to what is committed.</summary>
    public void Void()
    {
        _decided.Clear();
        Moved = null;
        StreamTime = _committedTime;
    }

    /// <summary>Where the decision in hand moves the position to; null = it stays.</summary>
    public long? Moved { get; set; }

    /// <summary>What was decided is committed.</summary>
    public void Commit()
    {
        foreach (var (key, account) in _decided)
        {
            if (account is null)
            {
                _committed.Remove(key);
                continue;
            }

            if (!_committed.ContainsKey(key)) _ends.Await(account);
            // A threshold passed in a period that has ended already: its end is still to be told.
            else if (MustReset(account)) _ends.AwaitEnd(account);
            _committed[key] = account;
        }

        _decided.Clear();
        Due.Clear();
        _committedTime = StreamTime;
        if (Moved > Next) Next = Moved.Value;
        Moved = null;
    }

    /// <summary>The period has ended, something was told of it, and its end was not.</summary>
    public bool MustReset(PeriodAccount account) =>
        account.PeriodEnd <= StreamTime && account is { IsReset: false, Crossings.Count: > 0, Budget: not null };

    /// <summary>Takes over an account as the log has it; null = removed.</summary>
    public void Restore(in AccountKey key, PeriodAccount? account)
    {
        if (account is null) _committed.Remove(key);
        else _committed[key] = account;
    }

    /// <summary>Takes over how far the log says that the book goes.</summary>
    public void RestoreTo(long next, DateTimeOffset streamTime) => (Next, StreamTime, _committedTime) = (next, streamTime, streamTime);

    /// <summary>Everything is restored: finds out what waits for which time.</summary>
    public void Ready(long position)
    {
        Next = Math.Max(Next, position);
        foreach (var (key, account) in _committed)
        {
            _ends.Await(account);
            if (account.Budget is not null) Unjudged.Enqueue(key);
        }
    }
}
