using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Rules;

/// <summary>One budget as its file defines it. It is counted by instance: one for each combination of values of <see cref="Per"/>.</summary>
/// <param name="Id">Unique in the file, 1-64 characters of [A-Za-z0-9_.-].</param>
/// <param name="Scope">Which aggregates count; all conditions must hold. Empty = all.</param>
/// <param name="Per">Dimensions that each get an instance of their own, in the order of the file. Empty = one instance.</param>
/// <param name="Limit">In <see cref="Unit"/>, above 0.</param>
/// <param name="Period">Hour, day, week (from Monday) or month.</param>
/// <param name="TimeZone">Where the period begins; IANA name.</param>
/// <param name="Thresholds">Percent of the limit, ascending, without repetition, each 1 to 1000.</param>
/// <param name="Webhooks">Names in <see cref="BudgetSet.Webhooks"/>.</param>
public sealed record Budget(
    string Id,
    IReadOnlyList<ScopeCondition> Scope,
    IReadOnlyList<Dimension> Per,
    BudgetUnit Unit,
    decimal Limit,
    PeriodKind Period,
    TimeZoneInfo TimeZone,
    IReadOnlyList<int> Thresholds,
    IReadOnlyList<string> Webhooks);

/// <summary>Holds when the dimension's value fits one of the patterns; an absent value fits none.</summary>
/// <param name="Patterns">Exact values, `*` standing for any run of characters; case counts.</param>
public sealed record ScopeCondition(Dimension Dimension, IReadOnlyList<string> Patterns);

/// <summary>Where alerts are posted to.</summary>
/// <param name="Secret">Key of the signature; never printed.</param>
public sealed record Webhook(string Name, Uri Url, ReadOnlyMemory<byte> Secret);

/// <summary>All of one budgets file, checked.</summary>
public sealed record BudgetSet(IReadOnlyList<Budget> Budgets, IReadOnlyDictionary<string, Webhook> Webhooks)
{
    public static readonly BudgetSet Empty = new([], new Dictionary<string, Webhook>());
}
