using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.Log;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Tests;

/// <summary>
/// Router and ledger against a model that is a sum: whatever budgets come, go and change their amounts, and however transactions end, each
/// configured budget has at last spent exactly what is in its scope, and its alerts tell of every change of sides once.
/// </summary>
public sealed class SeededRunsTests
{
    private const int Seeds = 150;
    private const int Restarts = 7;

    private static readonly Budget[] Pool =
    [
        WatcherWorld.Budget("all", 40),
        WatcherWorld.Budget("search", 15, scope: [("team", "search")], zone: "Europe/Berlin"),
        WatcherWorld.Budget("users", 4, per: ["user"], scope: [("model", "gpt-*")]),
        WatcherWorld.Budget("teams", 9, per: ["team", "model"], unit: BudgetUnit.Requests),
    ];

    [Fact]
    public void Run_AnySeed_SumsAreExactAndAlertsTellEachChangeOnce()
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            try
            {
                Run(new Random(seed));
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"seed {seed}: {error.Message}", error);
            }
        }
    }

    private static void Run(Random random)
    {
        using var world = new WatcherWorld(random.Next(1, 5));
        var spent = new List<UsageAggregate>();
        for (var restart = 0; restart < Restarts; restart++)
        {
            var last = restart == Restarts - 1;
            var budgets = Pool.Where(_ => last || random.Next(3) > 0).Select(budget => budget with { Limit = budget.Limit * random.Next(1, 4) }).ToArray();
            Survive(world, budgets, () => world.Restart(budgets));
            for (var round = random.Next(1, 4); round > 0; round--)
            {
                var usages = Enumerable.Range(0, random.Next(1, 12)).Select(_ => AnyUsage(random)).ToArray();
                world.Spend(usages);
                spent.AddRange(usages);
                for (var i = random.Next(3); i > 0 && random.Next(2) == 0; i--) world.Log.Fates.Enqueue((Fate)random.Next(6));
                if (random.Next(4) > 0) Survive(world, budgets, world.Drain);
                else Survive(world, budgets, () => world.RouterLoop!.Turn(default));
            }

            if (!last) continue;
            Survive(world, budgets, world.Drain);
            Survive(world, budgets, world.Drain);
            foreach (var budget in budgets) Check(world, budget, spent);
        }
    }

    /// <summary>A crash in it starts the watcher anew, and it is tried again.</summary>
    private static void Survive(WatcherWorld world, Budget[] budgets, Action action)
    {
        while (true)
        {
            try
            {
                action();
                return;
            }
            catch (CrashException)
            {
                world.Restart(budgets);
            }
        }
    }

    private static UsageAggregate AnyUsage(Random random) => WatcherWorld.Usage(
        random.Next(-8, 20) / 8m, WatcherWorld.Start.AddMinutes(-random.Next(500)), new[] { "search", "maps", null }[random.Next(3)],
        new[] { "ann", "bob", null }[random.Next(3)], new[] { "gpt-4o", "claude" }[random.Next(2)]);

    private static void Check(WatcherWorld world, Budget budget, List<UsageAggregate> spent)
    {
        var inScope = spent.Where(new ScopeMatch(budget.Scope).Holds).ToArray();
        var wanted = inScope.GroupBy(usage => string.Join('/', budget.Per.Select(dimension => dimension.Of(usage) ?? "")))
            .ToDictionary(static group => group.Key, static group => (Usd: group.Sum(static usage => usage.NetTotal), Requests: group.Sum(static usage => usage.Calls)));
        var states = world.States().Values.Where(state => state.Budget == budget.Id).ToArray();
        var found = states.ToDictionary(state => string.Join('/', budget.Per.Select(dimension => state.Per[dimension.Name])), static state => (state.Spent.Usd, state.Spent.Requests));
        Assert.Equal(wanted.OrderBy(static one => one.Key), found.OrderBy(static one => one.Key));

        var alerts = world.Read<BudgetAlert>(Topics.BudgetAlerts).Where(alert => alert.Budget == budget.Id).ToArray();
        Assert.Equal(alerts.Length, alerts.Select(static alert => alert.AlertId).Distinct().Count());
        foreach (var threshold in alerts.GroupBy(static alert => (alert.InstanceId, alert.ThresholdPercent, alert.Limit)))
        {
            var fired = threshold.Where(static alert => alert.Kind == AlertKind.Fired).Select(static alert => alert.CrossingOrdinal);
            Assert.Equal(Enumerable.Range(1, fired.Count()), fired);
        }

        foreach (var state in states)
        {
            var spentNow = budget.Unit == BudgetUnit.Usd ? state.Spent.Usd : state.Spent.Requests;
            var passed = budget.Thresholds.Where(percent => spentNow >= budget.Limit * percent / 100);
            Assert.Equal(passed, state.Crossings.Where(crossing => crossing.Active && crossing.Limit == budget.Limit).Select(static crossing => crossing.ThresholdPercent).Order());
            var standing = world.Ledger!.Standings.Current().Single(standing => standing.InstanceId == state.InstanceId);
            Assert.Equal((spentNow, budget.Limit), (standing.Spent, standing.Limit));
        }
    }
}
