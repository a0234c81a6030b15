using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Ledger;

/// <summary>One budget instance in one period.</summary>
/// <param name="InstanceId">32 hex digits.</param>
/// <param name="Per">Its own values of the budget's per-dimensions; empty text = calls that have no value.</param>
/// <param name="PeriodStart">Included, UTC.</param>
/// <param name="PeriodEnd">Not included, UTC.</param>
/// <param name="Limit">In <paramref name="Unit"/>, above 0.</param>
/// <param name="Spent">In <paramref name="Unit"/>.</param>
/// <param name="FiredThresholds">Percents that are passed now, ascending.</param>
/// <param name="IsPartialHistory">Calls before the budget was defined are missing, because their records were gone.</param>
/// <param name="UnpricedRequests">Calls whose price is not known: what a money budget does not see.</param>
public sealed record BudgetStanding(
    string Budget,
    string InstanceId,
    IReadOnlyDictionary<string, string> Per,
    PeriodKind PeriodKind,
    DateTimeOffset PeriodStart,
    DateTimeOffset PeriodEnd,
    BudgetUnit Unit,
    decimal Limit,
    decimal Spent,
    IReadOnlyList<int> FiredThresholds,
    bool IsPartialHistory,
    long UnpricedRequests)
{
    /// <summary>Of the limit, unrounded; may be above 100.</summary>
    public decimal Percent => Spent / Limit * 100;
}
