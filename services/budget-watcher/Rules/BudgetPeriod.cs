namespace Pipeline.BudgetWatcher.Rules;

/// <summary>From <paramref name="Start"/>, included, to <paramref name="End"/>, not included; UTC, whole minutes.</summary>
internal readonly record struct BudgetPeriod(DateTimeOffset Start, DateTimeOffset End)
{
    public bool Contains(DateTimeOffset instant) => instant >= Start && instant < End;
}
