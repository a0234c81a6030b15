using System.Text;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Tests.Ledger;

public sealed class LedgerTransformTests : IDisposable
{
    private static readonly Budget Monthly = WatcherWorld.Budget();
    private readonly WatcherWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Drain_SpendPassesThresholds_OneAlertEachAndTheStateSaysSo()
    {
        _world.Restart(Monthly);
        Spend(49.999999999999m, 0.000000000001m, 35, 50);

        Assert.Equal(["Fired 50 #1 of 100", "Fired 80 #1 of 100", "Fired 100 #1 of 100"], _world.Alerts());
        var alerts = _world.Read<BudgetAlert>(Topics.BudgetAlerts);
        Assert.Equal([50m, 85m, 135m], alerts.Select(static alert => alert.Spent));
        Assert.Equal((BudgetUnit.Usd, "all", WatcherWorld.Start), (alerts[0].Unit, alerts[0].Budget, alerts[0].OccurredAt));
        Assert.Equal(["ops"], alerts[0].Webhooks);
        Assert.Equal(3, alerts.Select(static alert => alert.AlertId).Distinct().Count());
        Assert.Equal(alerts.Select(static alert => alert.AlertId.ToString()), _world.ReadAll(Topics.BudgetAlerts).Select(static record => Encoding.UTF8.GetString(record.Key.Span)));

        var (key, state) = Assert.Single(_world.States());
        Assert.Equal($"{state.InstanceId}/2026-03-01T00:00Z", key);
        Assert.Equal((135m, 4L, 3, true), (state.Spent.Usd, state.Spent.Requests, state.PartitionCount, state.Crossings.All(static crossing => crossing.Active)));
        var standing = Assert.Single(_world.Ledger!.Standings.Current());
        Assert.Equal(("all", 135m, 135m, 100m), (standing.Budget, standing.Spent, standing.Percent, standing.Limit));
        Assert.Equal([50, 80, 100], standing.FiredThresholds);
    }

    [Fact]
    public void Drain_CorrectionFallsBelowAndSpendPassesAgain_ResolvesAndFiresTheNextOrdinal()
    {
        _world.Restart(Monthly);
        Spend(60, -15, 10);
        Assert.Equal(["Fired 50 #1 of 100", "Resolved 50 #1 of 100", "Fired 50 #2 of 100"], _world.Alerts());
    }

    [Fact]
    public void Drain_LateDelta_AdjustsItsOwnPeriodAndMayAlertForIt()
    {
        _world.Restart(Monthly);
        var february = new DateTimeOffset(2026, 2, 28, 23, 59, 0, TimeSpan.Zero);
        _world.Spend(WatcherWorld.Usage(10));
        _world.Drain();
        _world.Spend(WatcherWorld.Usage(55, february));
        _world.Drain();

        Assert.Equal((10m, 55m), (States("2026-03").Spent.Usd, States("2026-02").Spent.Usd));
        var alert = _world.Read<BudgetAlert>(Topics.BudgetAlerts)[0];
        Assert.Equal((AlertKind.Fired, new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero)), (alert.Kind, alert.PeriodStart));
        // Its period is over, which is told too, once.
        Assert.Equal(["Fired 50 #1 of 100", "PeriodReset 0 #1 of 100"], _world.Alerts());
        Assert.Equal(10, Assert.Single(_world.Ledger!.Standings.Current()).Spent);
    }

    [Fact]
    public void Drain_StreamPassesThePeriodsEnd_TellsItOnceIfSomethingFired()
    {
        _world.Restart(WatcherWorld.Budget(period: PeriodKind.Day));
        Spend(60);
        _world.Clock.Now = WatcherWorld.Start.AddDays(1);
        _world.Spend(WatcherWorld.Usage(1, _world.Clock.Now));
        _world.Drain();
        _world.Clock.Now = WatcherWorld.Start.AddDays(2);
        _world.Spend(WatcherWorld.Usage(1, _world.Clock.Now));
        _world.Drain();
        _world.Restart(WatcherWorld.Budget(period: PeriodKind.Day));
        _world.Drain();

        Assert.Equal(["Fired 50 #1 of 100", "PeriodReset 0 #1 of 100"], _world.Alerts());
        Assert.Equal(new DateTimeOffset(2026, 3, 11, 0, 0, 0, TimeSpan.Zero), _world.Read<BudgetAlert>(Topics.BudgetAlerts)[1].PeriodEnd);
    }

    [Fact]
    public void Drain_ThirtyFiveDaysAfterThePeriod_ATombstoneAndLaterDeltasAreDropped()
    {
        _world.Restart(WatcherWorld.Budget(period: PeriodKind.Day));
        Spend(60);
        _world.Clock.Now = new DateTimeOffset(2026, 3, 11, 0, 0, 0, TimeSpan.Zero).AddDays(35).AddMinutes(-1);
        Spend(1);
        Assert.Equal(61, _world.SpentOf("all"));

        _world.Clock.Now = _world.Clock.Now.AddMinutes(1);
        Spend(1);
        Assert.Empty(_world.States());
        Spend(1);
        _world.Restart(WatcherWorld.Budget(period: PeriodKind.Day));
        Spend(1);
        Assert.Empty(_world.States());
        Assert.Empty(_world.ReadAll(Topics.DeadLetter(Topics.BudgetSpend)));
    }

    [Fact]
    public void Restart_AmountLowered_FiresWithoutWaitingForADelta()
    {
        _world.Restart(Monthly);
        Spend(30);
        _world.Restart(Monthly with { Limit = 40 });
        _world.Drain();
        Assert.Equal(["Fired 50 #1 of 40"], _world.Alerts());

        _world.Restart(Monthly with { Limit = 40 });
        _world.Drain();
        Assert.Single(_world.Alerts());
    }

    [Fact]
    public void Restart_AmountRaised_ResolvesAndFiresAnewForTheNewLimit()
    {
        _world.Restart(Monthly);
        Spend(90);
        _world.Restart(Monthly with { Limit = 120 });
        _world.Drain();
        Spend(10);
        Assert.Equal(["Fired 50 #1 of 100", "Fired 80 #1 of 100", "Fired 50 #1 of 120", "Resolved 80 #1 of 100", "Fired 80 #1 of 120"], _world.Alerts());
        Assert.Equal([50, 80], Assert.Single(_world.Ledger!.Standings.Current()).FiredThresholds);
    }

    [Fact]
    public void Restart_AmountChangedAfterThePeriodEnded_IsNoNewsAboutIt()
    {
        _world.Restart(WatcherWorld.Budget(period: PeriodKind.Day));
        Spend(30);
        _world.Clock.Now = WatcherWorld.Start.AddDays(1);
        _world.Spend(WatcherWorld.Usage(1, _world.Clock.Now));
        _world.Drain();
        _world.Restart(WatcherWorld.Budget(period: PeriodKind.Day, limit: 10));
        Spend(1);
        Assert.Empty(_world.Alerts());
    }

    [Fact]
    public void Drain_DeltaOfABudgetThatIsGone_IsAddedWithoutAlerts()
    {
        _world.Restart(Monthly);
        _world.Spend(WatcherWorld.Usage(60));
        _world.Drain(_world.RouterLoop!);
        _world.Restart(Monthly with { Id = "other" });
        _world.Drain(_world.LedgerLoop!);

        Assert.Equal(60, _world.SpentOf("all"));
        Assert.Empty(_world.Alerts());
        Assert.Empty(_world.Ledger!.Standings.Current());
        _world.Restart(Monthly);
        _world.Drain(_world.LedgerLoop!);
        Assert.Equal(["Fired 50 #1 of 100"], _world.Alerts());
    }

    [Fact]
    public void Drain_DeltaThatDoesNotFitTheSum_CostsOnlyItself()
    {
        _world.Restart(Monthly);
        _world.Spend(WatcherWorld.Usage(1));
        _world.Drain(_world.RouterLoop!);
        _world.Spend(WatcherWorld.Usage(6e15m));
        _world.Drain(_world.RouterLoop!);
        _world.Spend(WatcherWorld.Usage(2));
        _world.Drain();

        Assert.Equal(3, _world.SpentOf("all"));
        Assert.Empty(_world.Alerts());
        Assert.Equal(["step_failed"], _world.Buried(Topics.BudgetSpend));
    }

    [Fact]
    public void Drain_DeltaWithoutAPeriod_IsBuried()
    {
        using var writer = new RecordWriter<BudgetSpend>(_world.Schemas);
        var delta = new BudgetSpend
        {
            InstanceId = new string('0', 32), Budget = "all", Minute = WatcherWorld.Start, Delta = new Amounts { Usd = 1, Tokens = 0, Requests = 0, Kgco2e = 0 },
            Source = new RecordPosition { Topic = "x", Partition = 0, Offset = 0 },
        };
        _world.Write([writer.Record(Topics.BudgetSpend, "k"u8.ToArray(), delta)]);
        _world.Restart(Monthly);
        _world.Drain();
        Assert.Equal(["invalid_record"], _world.Buried(Topics.BudgetSpend));
    }

    [Theory]
    [InlineData(Fate.Aborted)]
    [InlineData(Fate.DoneButUnknown)]
    [InlineData(Fate.LostAndUnknown)]
    [InlineData(Fate.Crash)]
    [InlineData(Fate.CrashAfter)]
    public void Drain_AnyTransactionEndsBadly_StateAndAlertsAreTheSame(Fate fate)
    {
        var wanted = Run(_world, null, fate);
        for (var at = 0; at < _world.Log.Transactions.Count; at++)
        {
            using var other = new WatcherWorld();
            var found = Run(other, at, fate);
            Assert.True(wanted.SequenceEqual(found), $"{fate} at transaction {at}:\n{string.Join('\n', wanted)}\nbecame\n{string.Join('\n', found)}");
        }
    }

    /// <summary>A run with corrections, several instances, a restart and a changed amount; a crash in it starts the watcher anew.</summary>
    private static List<string> Run(WatcherWorld world, int? badAt, Fate fate)
    {
        var budget = WatcherWorld.Budget("team", per: ["team"], limit: 10);
        for (var i = 0; i < badAt; i++) world.Log.Fates.Enqueue(Fate.Committed);
        if (badAt is not null) world.Log.Fates.Enqueue(fate);
        world.Restart(budget);
        foreach (var net in new[] { 4m, 2, -3, 4, 5, -9, 20 })
        {
            world.Spend(WatcherWorld.Usage(net, team: "search"), WatcherWorld.Usage(net / 2, team: "maps"), WatcherWorld.Usage(net / 4, team: "ads"));
            Drain(world, budget);
        }

        budget = budget with { Limit = 20 };
        world.Restart(budget);
        Drain(world, budget);
        return [.. world.States().OrderBy(static one => one.Key).Select(static one => $"{one.Key} {one.Value.Spent.Usd} {string.Join(' ', one.Value.Crossings.Select(static c => $"{c.ThresholdPercent}/{c.Limit}#{c.Ordinal}{c.Active}"))}"),
            .. world.Read<BudgetAlert>(Topics.BudgetAlerts).Select(static alert => $"{alert.AlertId} {alert.Kind} {alert.Spent}").Order()];
    }

    private static void Drain(WatcherWorld world, Budget budget)
    {
        try
        {
            world.Drain();
        }
        catch (CrashException)
        {
            world.Restart(budget);
            world.Drain();
        }
    }

    private void Spend(params decimal[] nets)
    {
        foreach (var net in nets)
        {
            _world.Spend(WatcherWorld.Usage(net));
            _world.Drain();
        }
    }

    private BudgetState States(string month) => _world.States().Single(one => one.Key.Contains($"/{month}", StringComparison.Ordinal)).Value;
}
