using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Tests.Ledger;

public sealed class LedgerRestoreTests : IDisposable
{
    private static readonly Budget Monthly = WatcherWorld.Budget();
    private readonly WatcherWorld _world = new(partitions: 1);

    public void Dispose()
    {
        DeliberateFaults.Active = DeliberateFault.None;
        _world.Dispose();
    }

    [Fact]
    public void Restore_StateHiddenByAnOpenTransaction_TakesNoDeltaBeforeItIsSeen()
    {
        _world.Restart(Monthly);
        Spend(40);
        _world.Log.Hidden = Topics.BudgetState;
        _world.Restart(Monthly);
        _world.Spend(WatcherWorld.Usage(20));
        _world.Drain();
        Assert.Equal(LoopPhase.Restoring, _world.LedgerLoop!.Status.Phase);

        _world.Log.Hidden = null;
        _world.Drain();
        Assert.Equal(60, _world.SpentOf("all"));
        Assert.Equal(["Fired 50 #1 of 100"], _world.Alerts());
    }

    [Fact]
    public void Restore_ToTheLastStableOffsetOnly_WouldLoseWhatIsHidden()
    {
        // The rule is worth its test: without it the same run ends with less.
        _world.Restart(Monthly);
        Spend(40);
        _world.Log.Hidden = Topics.BudgetState;
        DeliberateFaults.Active = DeliberateFault.StateRestoredToLastStableOffset;
        _world.Restart(Monthly);
        Spend(20);
        _world.Log.Hidden = null;
        Assert.Equal(20, _world.SpentOf("all"));
    }

    [Fact]
    public void Restore_PositionSetBack_StopsThePartitionAndSaysSo()
    {
        _world.Restart(Monthly);
        Spend(40);
        _world.Stop();
        SetPosition(0);
        _world.Restart(Monthly);
        Spend(1);

        var stopped = Assert.Single(_world.LedgerLoop!.Status.StoppedPartitions);
        Assert.Contains("position was set back", stopped.Reason);
        Assert.Equal(40, _world.SpentOf("all"));
    }

    [Fact]
    public void Restore_StateBehindThePosition_StopsThePartition()
    {
        _world.Spend(WatcherWorld.Usage(1));
        _world.Restart(Monthly);
        _world.Drain(_world.RouterLoop!);
        _world.Stop();
        SetPosition(1);
        _world.Restart(Monthly);
        Spend(1);

        Assert.Contains("state of 1 offsets before the position is missing", Assert.Single(_world.LedgerLoop!.Status.StoppedPartitions).Reason);
        Assert.Empty(_world.States());
    }

    [Fact]
    public void Restore_StateOfAnotherPartitionCount_StopsThePartition()
    {
        using var writer = new RecordWriter<BudgetState>(_world.Schemas);
        _world.Restart(Monthly);
        Spend(1);
        var state = Assert.Single(_world.States()).Value;
        _world.Write([writer.Record(Topics.BudgetState, "other"u8.ToArray(), state with { PartitionCount = 12 }, 0)]);
        _world.Restart(Monthly);
        _world.Drain();
        Assert.Contains("written with 12 partitions", Assert.Single(_world.LedgerLoop!.Status.StoppedPartitions).Reason);
    }

    [Fact]
    public void Restore_SecondLedgerJoins_PartitionsMoveWithTheirState()
    {
        using var world = new WatcherWorld(partitions: 6);
        var budget = WatcherWorld.Budget("user", per: ["user"], limit: 10);
        world.Restart(budget);
        for (var round = 0; round < 6; round++)
        {
            world.Spend([.. Enumerable.Range(0, 30).Select(user => WatcherWorld.Usage(1, user: $"u{user}"))]);
            world.Drain(world.RouterLoop!);
            if (round == 2) world.AddLedger("second", budget);
            if (round == 4) world.RemoveLedger();
            world.DrainLedgers();
        }

        Assert.Equal(180, world.SpentOf("user"));
        Assert.All(world.States().Values, static state => Assert.Equal(6, state.Spent.Usd));
        Assert.Equal(30, world.Alerts().Count);
    }

    private void Spend(decimal net)
    {
        _world.Spend(WatcherWorld.Usage(net));
        _world.Drain();
    }

    private void SetPosition(long position) =>
        _world.Write([], new PositionCommit(Groups.Ledger, new Dictionary<TopicPartition, long> { [new TopicPartition(Topics.BudgetSpend, 0)] = position }));
}
