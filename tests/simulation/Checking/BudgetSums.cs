using Pipeline.Runtime.Log;
using Pipeline.Schemas;
using Pipeline.Simulation.Tests.Work;
using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests.Checking;

/// <summary>aggregates = spend = state, per budget instance and period, to the last digit.</summary>
internal static class BudgetSums
{
    private const string Routed = "spend of budgets = aggregates in their scope";
    private const string Kept = "state of budgets = their spend";

    public static void Check(SimulatedWorld world)
    {
        var expected = new Dictionary<BudgetPlace, Spending>();
        foreach (var (_, usage) in TopicContents.Of<UsageAggregate>(world.Cluster, Topics.Aggregates))
        {
            var spending = new Spending(usage.Currency == "USD" ? usage.NetTotal : 0, usage.InputTotal + usage.OutputTotal, usage.Calls, usage.GwpMax);
            foreach (var place in BudgetModel.PlacesOf(usage)) expected[place] = expected.GetValueOrDefault(place) + spending;
        }

        var spent = new Dictionary<BudgetPlace, Spending>();
        var ids = new Dictionary<(string, string), string>();
        foreach (var (_, delta) in TopicContents.Of<BudgetSpend>(world.Cluster, Topics.BudgetSpend))
        {
            var per = BudgetModel.PerOf(delta.Per);
            if (ids.TryAdd((delta.Budget, per), delta.InstanceId) is false && ids[(delta.Budget, per)] != delta.InstanceId) throw new ViolationException(Routed, $"{delta.Budget} {per} has two instance ids");
            var place = new BudgetPlace(delta.Budget, per, delta.PeriodStart);
            spent[place] = spent.GetValueOrDefault(place) + Spending.Of(delta.Delta);
        }

        // A budget that was added later counts the current period from its start, and of earlier ones what comes from then on.
        Require(Routed, expected, spent, place => place.Budget != BudgetFile.ComesAndGoes || place.PeriodStart >= MonthOf(VirtualTime.Start));
        var state = StateOf(world).ToDictionary(static one => one.Key, static one => Spending.Of(one.Value.Spent));
        Require(Kept, spent, state, static _ => true);
    }

    /// <summary>The last state of every account.</summary>
    public static Dictionary<BudgetPlace, BudgetState> StateOf(SimulatedWorld world)
    {
        var state = new Dictionary<BudgetPlace, BudgetState>();
        foreach (var (_, account) in TopicContents.Of<BudgetState>(world.Cluster, Topics.BudgetState))
            if (account.InstanceId.Length > 0) state[new BudgetPlace(account.Budget, BudgetModel.PerOf(account.Per), account.PeriodStart)] = account;
        return state;
    }

    private static void Require(
        string equation, Dictionary<BudgetPlace, Spending> expected, Dictionary<BudgetPlace, Spending> found, Func<BudgetPlace, bool> isExact)
    {
        var wrong = expected.Keys.Union(found.Keys).Where(isExact).Where(place => expected.GetValueOrDefault(place) != found.GetValueOrDefault(place))
            .Select(place => $"{place}: {expected.GetValueOrDefault(place)}, not {found.GetValueOrDefault(place)}").ToList();
        if (wrong.Count > 0) throw new ViolationException(equation, TopicContents.Some(wrong));
    }

    private static DateTimeOffset MonthOf(DateTimeOffset time) => new(time.Year, time.Month, 1, 0, 0, 0, TimeSpan.Zero);
}
