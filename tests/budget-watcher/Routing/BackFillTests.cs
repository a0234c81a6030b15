using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.Log;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Tests.Routing;

public sealed class BackFillTests : IDisposable
{
    private static readonly Budget Old = WatcherWorld.Budget("old");
    private static readonly Budget New = WatcherWorld.Budget("new");
    private readonly WatcherWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Restart_NewBudget_IsFilledWithItsCurrentPeriodOnceAndAlerts()
    {
        _world.Restart(Old);
        _world.Spend(WatcherWorld.Usage(7, WatcherWorld.Start.AddDays(-10)), WatcherWorld.Usage(40), WatcherWorld.Usage(20, team: "maps"));
        _world.Drain();
        _world.Restart(Old, New);
        _world.Drain();
        Assert.Equal((67m, 60m), (_world.SpentOf("old"), _world.SpentOf("new")));
        Assert.Equal(1, _world.Read<BudgetAlert>(Topics.BudgetAlerts).Count(static alert => alert.Budget == "new"));

        _world.Restart(Old, New);
        _world.Spend(WatcherWorld.Usage(1));
        _world.Drain();
        Assert.Equal((68m, 61m), (_world.SpentOf("old"), _world.SpentOf("new")));
        Assert.All(_world.States().Values, static state => Assert.False(state.PartialHistory));
    }

    [Fact]
    public void Restart_AmountAndThresholdsChanged_IsNoNewBudget()
    {
        _world.Restart(New);
        Spend(10);
        _world.Restart(New with { Limit = 5, Thresholds = [10], Webhooks = [] });
        Spend(1);
        Assert.Equal(11, _world.SpentOf("new"));
    }

    [Fact]
    public void Restart_RemovedAndAddedAgain_NeitherLosesNorDoubles()
    {
        _world.Restart(New);
        Spend(1);
        _world.Restart();
        Spend(2);
        _world.Restart(New);
        Spend(4);
        Assert.Equal(7, _world.SpentOf("new"));
        _world.Restart();
        Spend(8);
        _world.Restart();
        Spend(16);
        _world.Restart(New);
        _world.Drain();
        Assert.Equal(31, _world.SpentOf("new"));
    }

    [Fact]
    public void Restart_ScopeChanged_CountsAnewFromTheCurrentPeriod()
    {
        _world.Restart(New);
        Spend(1);
        _world.Restart(WatcherWorld.Budget("new", scope: [("team", "search")]));
        _world.Spend(WatcherWorld.Usage(2, team: "maps"), WatcherWorld.Usage(4));
        _world.Drain();
        Assert.Equal([1m, 5m], _world.States().Values.Select(static state => state.Spent.Usd).Order());
        Assert.Equal(5, Assert.Single(_world.Ledger!.Standings.Current()).Spent);
    }

    [Fact]
    public void Restart_OlderAggregatesAreGone_TheStateSaysPartial()
    {
        _world.Restart(Old);
        Spend(1);
        Spend(2);
        var partition = _world.ReadAll(Topics.Aggregates)[0].Source;
        _world.Log.DeletedBefore[partition] = 1;
        _world.Restart(Old, New);
        Spend(4);

        Assert.Equal((7m, 6m), (_world.SpentOf("old"), _world.SpentOf("new")));
        Assert.Equal([("new", true), ("old", false)], _world.States().Values.Select(static state => (state.Budget, state.PartialHistory)).Order());
        Assert.True(_world.Ledger!.Standings.Current().Single(static standing => standing.Budget == "new").IsPartialHistory);

        // The next period is whole again.
        _world.Clock.Now = WatcherWorld.Start.AddMonths(1);
        _world.Spend(WatcherWorld.Usage(8, _world.Clock.Now));
        _world.Drain();
        Assert.False(_world.Ledger!.Standings.Current().Single(static standing => standing.Budget == "new").IsPartialHistory);
    }

    [Fact]
    public void Restart_AllAggregatesAreGone_GoesOnFromNow()
    {
        _world.Restart(Old);
        Spend(1);
        foreach (var partition in Enumerable.Range(0, 3).Select(static number => new TopicPartition(Topics.Aggregates, number)))
            _world.Log.DeletedBefore[partition] = _world.Log.ReadBounds(partition)!.Value.End;
        _world.Restart(Old, New);
        Spend(4);
        Assert.Equal((5m, 4m), (_world.SpentOf("old"), _world.SpentOf("new")));
        Assert.True(_world.States().Values.Single(static state => state.Budget == "new").PartialHistory);
    }

    [Fact]
    public void Drain_LongBackFill_GoesInPiecesWhileNewAggregatesPass()
    {
        using var world = new WatcherWorld(partitions: 1);
        world.Restart(Old);
        for (var i = 0; i < 20; i++)
            world.Spend([.. Enumerable.Range(0, 800).Select(n => WatcherWorld.Usage(1, WatcherWorld.Start.AddMinutes(-(n % 700)), user: $"u{n % 50}"))]);
        world.Drain();
        var before = world.Log.Transactions.Count;
        world.Restart(Old, WatcherWorld.Budget("new", per: ["user"], limit: 1_000_000));
        // The first turns join the group, align the routes and fill the first pieces; then a new aggregate comes between.
        for (var i = 0; i < 4; i++) world.RouterLoop!.Turn(default);
        world.Spend(WatcherWorld.Usage(1, user: "u0"));
        world.Drain();

        Assert.Equal((16_001m, 16_001m), (world.SpentOf("old"), world.SpentOf("new")));
        Assert.Equal(50, world.States().Values.Count(static state => state.Budget == "new"));
        Assert.True(world.Log.Transactions.Count - before > 4);
    }

    [Fact]
    public void Drain_PieceThatEndsAfterTheGap_IsLeftToTheNewAggregates()
    {
        using var world = new WatcherWorld(partitions: 1);
        world.Restart(Old);
        // Two budgets make 5,000 deltas of them, which is as many as a piece may.
        world.Spend([.. Enumerable.Range(0, 2_500).Select(static n => WatcherWorld.Usage(1, user: $"u{n}"))]);
        world.Drain();
        world.Spend([.. Enumerable.Range(0, 10).Select(static n => WatcherWorld.Usage(1, user: $"u{n}"))]);
        world.Restart(Old, WatcherWorld.Budget("a", per: ["user"]), WatcherWorld.Budget("b", per: ["user"]));
        world.Drain();
        Assert.Equal((2_510m, 2_510m, 2_510m), (world.SpentOf("old"), world.SpentOf("a"), world.SpentOf("b")));
    }

    [Theory]
    [InlineData(Fate.Aborted)]
    [InlineData(Fate.DoneButUnknown)]
    [InlineData(Fate.LostAndUnknown)]
    [InlineData(Fate.Crash)]
    [InlineData(Fate.CrashAfter)]
    public void Restart_AddRemoveAddWithATransactionThatEndsBadly_CountsEachAggregateOnce(Fate fate)
    {
        AddRemoveAdd(_world, null, fate);
        for (var at = 0; at < _world.Log.Transactions.Count; at++)
        {
            using var world = new WatcherWorld();
            AddRemoveAdd(world, at, fate);
        }
    }

    private static void AddRemoveAdd(WatcherWorld world, int? badAt, Fate fate)
    {
        for (var i = 0; i < badAt; i++) world.Log.Fates.Enqueue(Fate.Committed);
        if (badAt is not null) world.Log.Fates.Enqueue(fate);
        var usd = 1m;
        foreach (var budgets in new[] { [Old], [Old, New], [Old], [New], [], [Old, New], new[] { Old } })
        {
            world.Restart(budgets);
            // The watcher may still be filling when the next aggregates come, and when it is started anew.
            for (var i = 0; i < 2; i++, usd *= 2)
            {
                world.Spend(WatcherWorld.Usage(usd, team: "search"), WatcherWorld.Usage(usd / 1024, team: "maps"));
                Drain(world, budgets);
            }
        }

        world.Restart(Old, New);
        Drain(world, [Old, New]);
        var all = (usd - 1) * (1 + 1 / 1024m);
        Assert.True((all, all) == (world.SpentOf("old"), world.SpentOf("new")), $"{fate} at transaction {badAt}: {all} became {world.SpentOf("old")} and {world.SpentOf("new")}");
    }

    private static void Drain(WatcherWorld world, Budget[] budgets)
    {
        try
        {
            world.Drain();
        }
        catch (CrashException)
        {
            world.Restart(budgets);
            world.Drain();
        }
    }

    private void Spend(decimal net)
    {
        _world.Spend(WatcherWorld.Usage(net));
        _world.Drain();
    }
}
