using Pipeline.BudgetWatcher.Ledger;
using Pipeline.Schemas;

namespace Pipeline.AllInOne.Page;

/// <summary>How a budget instance came to what it has spent: `llm-budget-spend`, summed by slots of its period.</summary>
/// <remarks>Safe for all threads. A record that comes twice would count twice: it is fed from committed records, each read once.</remarks>
internal sealed class BurnBook
{
    /// <summary>Of one period, unless a slot would be shorter than a minute.</summary>
    public const int MaxSlots = 96;

    /// <summary>The instance that was changed longest ago makes room for another.</summary>
    public const int MaxInstances = 10_000;

    /// <summary>Periods of one instance: the current one, and its neighbours when records come late or early.</summary>
    private const int MaxPeriods = 3;

    private readonly Lock _gate = new();
    private readonly OrderedDictionary<string, SortedList<DateTimeOffset, Burn>> _instances = new(StringComparer.Ordinal);

    private sealed record Burn(TimeSpan Slot)
    {
        public SortedDictionary<int, decimal[]> Spent { get; } = [];
    }

    public void Add(BudgetSpend spend)
    {
        var period = spend.PeriodEnd - spend.PeriodStart;
        if (period <= TimeSpan.Zero || spend.Minute < spend.PeriodStart || spend.Minute >= spend.PeriodEnd) return;
        lock (_gate)
        {
            if (!_instances.TryGetValue(spend.InstanceId, out var periods))
            {
                if (_instances.Count >= MaxInstances) _instances.RemoveAt(0);
                _instances[spend.InstanceId] = periods = [];
            }

            if (!periods.TryGetValue(spend.PeriodStart, out var burn))
            {
                periods[spend.PeriodStart] = burn = new Burn(SlotOf(period));
                if (periods.Count > MaxPeriods) periods.RemoveAt(0);
            }

            var slot = (int)((spend.Minute - spend.PeriodStart) / burn.Slot);
            if (!burn.Spent.TryGetValue(slot, out var amounts)) burn.Spent[slot] = amounts = new decimal[(int)BudgetUnit.Kgco2e + 1];
            amounts[(int)BudgetUnit.Usd] += spend.Delta.Usd;
            amounts[(int)BudgetUnit.Tokens] += spend.Delta.Tokens;
            amounts[(int)BudgetUnit.Requests] += spend.Delta.Requests;
            amounts[(int)BudgetUnit.Kgco2e] += spend.Delta.Kgco2e;
        }
    }

    /// <summary>
    /// What was spent by the end of each slot in which something was, in the budget's unit. It ends at what the ledger says: what the
    /// records do not hold any more was there before the first.
    /// </summary>
    public IReadOnlyList<(DateTimeOffset Time, decimal Spent)> Of(BudgetStanding standing)
    {
        lock (_gate)
        {
            if (!_instances.TryGetValue(standing.InstanceId, out var periods) || !periods.TryGetValue(standing.PeriodStart, out var burn)) return [];
            var unit = (int)standing.Unit;
            var spent = Math.Max(0, standing.Spent - burn.Spent.Values.Sum(amounts => amounts[unit]));
            var points = new List<(DateTimeOffset, decimal)>(burn.Spent.Count);
            foreach (var (slot, amounts) in burn.Spent)
            {
                var end = standing.PeriodStart + (slot + 1) * burn.Slot;
                points.Add((end < standing.PeriodEnd ? end : standing.PeriodEnd, spent += amounts[unit]));
            }

            return points;
        }
    }

    private static TimeSpan SlotOf(TimeSpan period) => TimeSpan.FromMinutes(Math.Max(1, Math.Ceiling(period.TotalMinutes / MaxSlots)));
}
