using System.Collections.Concurrent;

namespace Pipeline.BudgetWatcher.Ledger;

/// <summary>
/// What every budget instance has spent in its newest period, as committed. Filled on the ledger's thread, read from any.
/// </summary>
/// <remarks>Budgets that are no longer configured are left out, and so are partitions that another process owns.</remarks>
public sealed class BudgetStandings
{
    private readonly ConcurrentDictionary<string, BudgetStanding> _byInstance = new(StringComparer.Ordinal);

    /// <summary>By budget, then by how much of the limit is spent, the most first.</summary>
    public IReadOnlyList<BudgetStanding> Current() =>
        [.. _byInstance.Values.OrderBy(static standing => standing.Budget, StringComparer.Ordinal)
            .ThenByDescending(static standing => standing.Percent).ThenBy(static standing => standing.InstanceId, StringComparer.Ordinal)];

    /// <summary>Shows the instance's standing unless a newer period of it is shown already.</summary>
    internal void Show(BudgetStanding standing) => _byInstance.AddOrUpdate(
        standing.InstanceId, static (_, shown) => shown, static (_, old, shown) => shown.PeriodStart < old.PeriodStart ? old : shown, standing);

    internal void Forget(string instanceId) => _byInstance.TryRemove(instanceId, out _);
}
