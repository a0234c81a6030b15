using System.Text;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Routing;

/// <summary>A configured budget as the router counts it.</summary>
/// <param name="Index">In the order of the file.</param>
internal sealed class RoutedBudget(int index, ConfiguredBudget configured)
{
    private readonly ScopeMatch _scope = new(configured.Budget.Scope);
    private readonly PeriodCalendar _calendar = new(configured.Budget.Period, configured.Budget.TimeZone);

    public int Index => index;

    public Budget Budget => configured.Budget;

    public string Definition => configured.Definition;

    public BudgetPeriod PeriodAt(DateTimeOffset instant) => _calendar.At(instant);

    /// <returns>Null when the aggregate is not in the budget's scope.</returns>
    public BudgetInstance? InstanceOf(UsageAggregate usage)
    {
        if (!_scope.Holds(usage)) return null;
        // What has no value is counted under the empty one: a sum per user must not be less than the whole.
        var per = Budget.Per.ToDictionary(static dimension => dimension.Name, dimension => dimension.Of(usage) ?? "", StringComparer.Ordinal);
        var id = BudgetIdentity.InstanceOf(Definition, per);
        return new BudgetInstance(this, id, Encoding.ASCII.GetBytes(id), per);
    }
}

/// <summary>A budget for one combination of its per-dimensions' values.</summary>
/// <param name="Key">The id as a record key.</param>
internal sealed record BudgetInstance(RoutedBudget Of, string Id, byte[] Key, IReadOnlyDictionary<string, string> Per);

/// <summary>What the router knows of one attribution tuple.</summary>
/// <param name="Instances">That its aggregates count for, in the order of the budgets.</param>
internal sealed record TupleRoutes(string Currency, CostStatus CostStatus, IReadOnlyList<BudgetInstance> Instances)
{
    private const string Usd = "USD";

    public bool IsUsd { get; } = Currency == Usd;

    /// <summary>What it cost in USD is known.</summary>
    public bool IsPriced { get; } = Currency == Usd && CostStatus is CostStatus.Priced or CostStatus.Free or CostStatus.AlreadyBooked;
}
