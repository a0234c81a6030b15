using Pipeline.BudgetWatcher.Rules;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Ledger;

/// <summary>Names an account: a budget instance and the start of one of its periods.</summary>
internal readonly record struct AccountKey(string InstanceId, DateTimeOffset PeriodStart);

/// <summary>What one budget instance spent in one period, and which thresholds that passed.</summary>
/// <remarks>A decision works on a copy; a committed account is never changed, so that any thread may read it.</remarks>
internal sealed class PeriodAccount
{
    /// <summary>Decimal(28,12) and (28,15) hold less than 1e16 and 1e13; what would go past half of that is refused.</summary>
    private const decimal MaxUsd = 5e15m;
    private const decimal MaxKgco2e = 5e12m;

    private PeriodAccount(AccountKey key, string budgetId, IReadOnlyDictionary<string, string> per, PeriodKind kind, string timeZone, DateTimeOffset end, Budget? budget) =>
        (Key, BudgetId, Per, PeriodKind, TimeZone, PeriodEnd, Budget) = (key, budgetId, per, kind, timeZone, end, budget);

    public AccountKey Key { get; }

    public string BudgetId { get; }

    public IReadOnlyDictionary<string, string> Per { get; }

    public PeriodKind PeriodKind { get; }

    public string TimeZone { get; }

    /// <summary>Not included.</summary>
    public DateTimeOffset PeriodEnd { get; }

    /// <summary>As configured now; null = not configured any more: deltas are added, nothing is judged.</summary>
    public Budget? Budget { get; }

    public Amounts Spent { get; private set; } = new() { Usd = 0, Tokens = 0, Requests = 0, Kgco2e = 0 };

    /// <summary>Unit and limit that the thresholds were judged by last; 0 = never.</summary>
    public (BudgetUnit Unit, decimal Limit) Judged { get; set; }

    public IReadOnlyList<Crossing> Crossings { get; set; } = [];

    public bool IsReset { get; set; }

    public bool HasPartialHistory { get; private set; }

    /// <summary>Last spend record in the sums.</summary>
    public RecordPosition Included { get; private set; } = new() { Topic = "", Partition = 0, Offset = -1 };

    public static PeriodAccount Begin(BudgetSpend delta, Budget? budget) => new(
        new AccountKey(delta.InstanceId, delta.PeriodStart), delta.Budget, delta.Per, delta.PeriodKind, delta.TimeZone, delta.PeriodEnd, budget);

    public static PeriodAccount Restore(BudgetState state, Budget? budget) =>
        new(new AccountKey(state.InstanceId, state.PeriodStart), state.Budget, state.Per, state.PeriodKind, state.TimeZone, state.PeriodEnd, budget)
        {
            Spent = state.Spent,
            Judged = (state.Unit, state.Limit),
            Crossings = state.Crossings,
            IsReset = state.Reset,
            HasPartialHistory = state.PartialHistory,
            Included = state.Included,
        };

    public PeriodAccount Copy() => (PeriodAccount)MemberwiseClone();

    /// <exception cref="OverflowException">The sum would not fit its record; nothing is changed.</exception>
    public void Add(BudgetSpend delta, RecordPosition position)
    {
        var (sum, more) = (Spent, delta.Delta);
        var added = new Amounts
        {
            Usd = Bounded(sum.Usd + more.Usd, MaxUsd),
            Tokens = checked(sum.Tokens + more.Tokens),
            Requests = checked(sum.Requests + more.Requests),
            Kgco2e = Bounded(sum.Kgco2e + more.Kgco2e, MaxKgco2e),
            UnpricedRequests = checked(sum.UnpricedRequests + more.UnpricedRequests),
        };
        (Spent, Included) = (added, position);
        HasPartialHistory |= delta.PartialHistory;
    }

    public decimal SpentIn(BudgetUnit unit) => unit switch
    {
        BudgetUnit.Usd => Spent.Usd,
        BudgetUnit.Tokens => Spent.Tokens,
        BudgetUnit.Requests => Spent.Requests,
        BudgetUnit.Kgco2e => Spent.Kgco2e,
        _ => throw new NotSupportedException($"a budget's unit is usd, tokens, requests or kgco2e, not {unit}"),
    };

    public BudgetState ToRecord(int partitionCount) => new()
    {
        InstanceId = Key.InstanceId,
        Budget = BudgetId,
        Per = Per,
        PeriodKind = PeriodKind,
        TimeZone = TimeZone,
        PeriodStart = Key.PeriodStart,
        PeriodEnd = PeriodEnd,
        Unit = Judged.Unit,
        Limit = Judged.Limit,
        Spent = Spent,
        Crossings = Crossings,
        Included = Included,
        PartitionCount = partitionCount,
        PartialHistory = HasPartialHistory,
        Reset = IsReset,
    };

    /// <returns>Null when the budget is not configured.</returns>
    public BudgetStanding? ToStanding()
    {
        if (Budget is null) return null;
        var fired = Crossings.Where(crossing => crossing.Active && crossing.Unit == Judged.Unit && crossing.Limit == Judged.Limit)
            .Select(static crossing => crossing.ThresholdPercent).Order();
        return new BudgetStanding(Budget.Id, Key.InstanceId, Per, PeriodKind, Key.PeriodStart, PeriodEnd, Budget.Unit, Budget.Limit,
            SpentIn(Budget.Unit), [.. fired], HasPartialHistory, Spent.UnpricedRequests);
    }

    private static decimal Bounded(decimal sum, decimal max) => Math.Abs(sum) < max ? sum : throw new OverflowException("the sum of a budget's period is out of bounds");
}
