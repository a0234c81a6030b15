using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Routing;

/// <summary>The routes of one partition of llm-usage-aggregates: what is committed, and over it what the decision in hand has changed.</summary>
internal sealed class RouteBook(int partition, IReadOnlyList<RoutedBudget> budgets)
{
    private readonly Dictionary<string, BudgetRoute> _committed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BudgetRoute> _decided = new(StringComparer.Ordinal);

    /// <summary>By index of the budget: its committed route, for the aggregates that pass.</summary>
    private readonly BudgetRoute?[] _byBudget = new BudgetRoute?[budgets.Count];

    public int Partition => partition;

    /// <summary>Routes and configured budgets have been compared.</summary>
    public bool IsCurrent { get; private set; }

    public IEnumerable<BudgetRoute> Decided => _decided.Values;

    /// <summary>Routes of configured budgets, with gaps to be filled.</summary>
    public IEnumerable<(RoutedBudget Budget, BudgetRoute Route)> Unfilled
    {
        get
        {
            foreach (var budget in budgets)
                if (_byBudget[budget.Index] is { Active: true, Gaps.Count: > 0 } route) yield return (budget, route);
        }
    }

    /// <summary>Where the next piece of the back-fill begins; null when there is nothing to fill.</summary>
    public long? UnfilledFrom
    {
        get
        {
            long? from = null;
            foreach (var budget in budgets)
                if (_byBudget[budget.Index] is { Active: true, Gaps.Count: > 0 } route && (from is null || route.Gaps[0].From < from)) from = route.Gaps[0].From;
            return from;
        }
    }

    /// <summary>The budget's committed route; null while it is not counted here.</summary>
    public BudgetRoute? Active(RoutedBudget budget) => _byBudget[budget.Index] is { Active: true } route ? route : null;

    public void Restore(BudgetRoute route) => Keep(route);

    /// <summary>Brings the routes in line with the configured budgets.</summary>
    public void Align(long position, DateTimeOffset now)
    {
        var configured = new HashSet<string>(StringComparer.Ordinal);
        foreach (var budget in budgets)
        {
            configured.Add(budget.Definition);
            Decide(RouteChanges.Start(_committed.GetValueOrDefault(budget.Definition), budget, partition, position, budget.PeriodAt(now).Start));
        }

        foreach (var route in _committed.Values)
            if (!configured.Contains(route.Definition)) Decide(RouteChanges.Stop(route, position));
    }

    public void Decide(BudgetRoute route)
    {
        if (!_committed.TryGetValue(route.Definition, out var committed) || !ReferenceEquals(committed, route)) _decided[route.Definition] = route;
    }

    public void Void() => _decided.Clear();

    public void Commit(bool isAligned)
    {
        foreach (var route in _decided.Values) Keep(route);
        _decided.Clear();
        IsCurrent |= isAligned;
    }

    private void Keep(BudgetRoute route)
    {
        _committed[route.Definition] = route;
        foreach (var budget in budgets)
            if (budget.Definition == route.Definition) _byBudget[budget.Index] = route;
    }
}
