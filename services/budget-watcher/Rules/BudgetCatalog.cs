namespace Pipeline.BudgetWatcher.Rules;

/// <summary>A configured budget with what is worked out of it once.</summary>
/// <param name="Definition">32 hex digits: what it counts, without amount, thresholds and webhooks.</param>
internal sealed record ConfiguredBudget(Budget Budget, string Definition);

/// <summary>The configured budgets by id.</summary>
internal sealed class BudgetCatalog
{
    private readonly Dictionary<string, ConfiguredBudget> _byId;

    public BudgetCatalog(BudgetSet budgets)
    {
        All = [.. budgets.Budgets.Select(static budget => new ConfiguredBudget(budget, BudgetIdentity.DefinitionOf(budget)))];
        _byId = All.ToDictionary(static one => one.Budget.Id, StringComparer.Ordinal);
    }

    public IReadOnlyList<ConfiguredBudget> All { get; }

    /// <summary>
    /// The budget that an instance belongs to. Null when there is none now: removed, or changed so that the instance is not one of its own.
    /// </summary>
    public Budget? Find(string id, string instanceId, IReadOnlyDictionary<string, string> per) =>
        _byId.TryGetValue(id, out var found) && BudgetIdentity.InstanceOf(found.Definition, per) == instanceId ? found.Budget : null;
}
