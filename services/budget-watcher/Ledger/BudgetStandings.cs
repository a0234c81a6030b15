using System.Collections.Concurrent;

namespace Pipeline.BudgetWatcher.Ledger;

/// <summary>
/// What every budget instance has spent in its newest period, as committed. Filled on the ledger's thread, read from any.
/// </summary>
/// <remarks>Budgets that are no longer configured are left out, and so are partitions that another process owns.</remarks>
public sealed class BudgetStandings
{
    private readonly ConcurrentDictionary<string, PeriodAccount> _byInstance = new(StringComparer.Ordinal);
    private long _streamTicks;

    /// <summary>
    /// Of the periods that had not ended when the newest spend was written: by budget, then by how much of the limit is spent, the
    /// most first.
    /// </summary>
    public IReadOnlyList<BudgetStanding> Current()
    {
        var now = new DateTimeOffset(Interlocked.Read(ref _streamTicks), TimeSpan.Zero);
        var standings = new List<BudgetStanding>();
        foreach (var (_, account) in _byInstance)
            if (account.PeriodEnd > now && account.ToStanding() is { } standing) standings.Add(standing);
        return [.. standings.OrderBy(static standing => standing.Budget, StringComparer.Ordinal)
            .ThenByDescending(static standing => standing.Percent).ThenBy(static standing => standing.InstanceId, StringComparer.Ordinal)];
    }

    /// <summary>Shows a committed account in place of an earlier period's.</summary>
    /// <remarks>A caller's clock may be ahead: a period that has not begun does not take the place of the current one.</remarks>
    internal void Show(PeriodAccount account)
    {
        if (account.Budget is null) return;
        if (_byInstance.TryGetValue(account.Key.InstanceId, out var shown) && shown.Key != account.Key)
        {
            var ticks = Interlocked.Read(ref _streamTicks);
            if (shown.Key.PeriodStart > account.Key.PeriodStart ? shown.Key.PeriodStart.UtcTicks <= ticks || account.PeriodEnd.UtcTicks <= ticks
                : shown.PeriodEnd.UtcTicks > ticks && account.Key.PeriodStart.UtcTicks > ticks) return;
        }

        _byInstance[account.Key.InstanceId] = account;
    }

    internal void Show(PartitionBook book)
    {
        Advance(book.StreamTime);
        foreach (var account in book.Committed) Show(account);
    }

    internal void Forget(in AccountKey key)
    {
        if (_byInstance.TryGetValue(key.InstanceId, out var shown) && shown.Key == key) _byInstance.TryRemove(key.InstanceId, out _);
    }

    internal void Forget(PartitionBook book)
    {
        foreach (var account in book.Committed) _byInstance.TryRemove(account.Key.InstanceId, out _);
    }

    internal void Advance(DateTimeOffset streamTime)
    {
        if (streamTime.UtcTicks > Interlocked.Read(ref _streamTicks)) Interlocked.Exchange(ref _streamTicks, streamTime.UtcTicks);
    }
}
