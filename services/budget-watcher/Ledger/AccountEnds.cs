namespace Pipeline.BudgetWatcher.Ledger;

/// <summary>Which accounts have something to do when the stream's time comes: their period ends, or takes no more corrections.</summary>
/// <remarks>May name an account twice, or one that has nothing to do: who takes it out looks at the account.</remarks>
internal sealed class AccountEnds
{
    /// <summary>A period takes corrections for this long after its end.</summary>
    public static readonly TimeSpan CorrectionTime = TimeSpan.FromDays(35);

    private readonly PriorityQueue<AccountKey, DateTimeOffset> _queue = new();

    public static bool IsExpired(DateTimeOffset periodEnd, DateTimeOffset streamTime) => streamTime >= periodEnd + CorrectionTime;

    /// <summary>Waits for the account's end and for its last correction.</summary>
    public void Await(PeriodAccount account)
    {
        AwaitEnd(account);
        _queue.Enqueue(account.Key, account.PeriodEnd + CorrectionTime);
    }

    public void AwaitEnd(PeriodAccount account) => _queue.Enqueue(account.Key, account.PeriodEnd);

    /// <summary>Takes out the next one whose time has come.</summary>
    public bool TryTake(DateTimeOffset streamTime, out AccountKey key) =>
        _queue.TryPeek(out key, out var time) && streamTime >= time && _queue.TryDequeue(out key, out _);
}
