using System.Diagnostics.Metrics;
using Pipeline.BudgetWatcher.Routing;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Telemetry;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;

namespace Pipeline.BudgetWatcher.Tests.Routing;

public sealed class RouterTransformTests : IDisposable
{
    private readonly WatcherWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Drain_AggregatesInScope_BecomeOneDeltaPerInstanceAndMinute()
    {
        _world.Restart(WatcherWorld.Budget("search", per: ["user"], scope: [("team", "search"), ("model", "gpt-*")], zone: "Europe/Berlin"));
        _world.Spend(
            WatcherWorld.Usage(1.5m, user: "ann"), WatcherWorld.Usage(0.000000000001m, user: "ann"), WatcherWorld.Usage(2, user: "bob"),
            WatcherWorld.Usage(4, team: "maps", user: "ann"), WatcherWorld.Usage(8, user: "ann", model: "claude-x"), WatcherWorld.Usage(16, user: null));

        _world.Drain(_world.RouterLoop!);

        var deltas = _world.Read<BudgetSpend>(Topics.BudgetSpend).ToDictionary(static delta => delta.Per["user"]);
        Assert.Equal(["", "ann", "bob"], deltas.Keys.Order());
        Assert.Equal(1.500000000001m, deltas["ann"].Delta.Usd);
        Assert.Equal((2L, 22L, 0.002m, 0L), (deltas["ann"].Delta.Requests, deltas["ann"].Delta.Tokens, deltas["ann"].Delta.Kgco2e, deltas["ann"].Delta.UnpricedRequests));
        Assert.Equal((new DateTimeOffset(2026, 2, 28, 23, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 3, 31, 22, 0, 0, TimeSpan.Zero)), (deltas["bob"].PeriodStart, deltas["bob"].PeriodEnd));
        Assert.Equal(("search", PeriodKind.Month, "Europe/Berlin", false), (deltas["bob"].Budget, deltas["bob"].PeriodKind, deltas["bob"].TimeZone, deltas["bob"].PartialHistory));
        Assert.All(_world.ReadAll(Topics.BudgetSpend), record => Assert.Equal(32, record.Key.Length));
    }

    [Fact]
    public void Drain_UnpricedAndForeignMoney_IsCountedAsUnknownAndNotAsZeroDollars()
    {
        _world.Restart(WatcherWorld.Budget());
        _world.Spend(
            WatcherWorld.Usage(1, calls: 2), WatcherWorld.Usage(0, calls: 3, status: CostStatus.UnpricedModel), WatcherWorld.Usage(0, calls: 5, status: CostStatus.Free),
            WatcherWorld.Usage(9, calls: 7) with { Currency = "EUR" });

        _world.Drain(_world.RouterLoop!);

        var delta = Assert.Single(_world.Read<BudgetSpend>(Topics.BudgetSpend)).Delta;
        Assert.Equal((1m, 17L, 10L), (delta.Usd, delta.Requests, delta.UnpricedRequests));
    }

    [Fact]
    public void Drain_RecordThatIsNoAggregate_IsBuriedAndTheRestGoesOn()
    {
        _world.Restart(WatcherWorld.Budget());
        _world.Write([new NewRecord(Topics.Aggregates, "k"u8.ToArray(), new byte[] { 7 }, 0)]);
        _world.Spend(WatcherWorld.Usage(1));

        _world.Drain();

        Assert.Equal(["malformed"], _world.Buried(Topics.Aggregates));
        Assert.Equal(1, _world.SpentOf("all"));
    }

    [Fact]
    public void Drain_TransactionsThatFail_CountInMetricsOnce()
    {
        var counted = new Dictionary<string, long>();
        using var listener = Listen(counted);
        _world.Restart(WatcherWorld.Budget());
        _world.Drain();
        foreach (var fate in new[] { Fate.Aborted, Fate.DoneButUnknown, Fate.LostAndUnknown }) _world.Log.Fates.Enqueue(fate);
        _world.Spend(WatcherWorld.Usage(0.0000015m, calls: 3), WatcherWorld.Usage(0.0000005m, calls: 2));
        _world.Drain();
        _world.Spend(WatcherWorld.Usage(1, calls: 1));
        _world.Drain();

        Assert.Equal(6, counted["pipeline_watcher_calls_total:priced"]);
        Assert.Equal(1_000_002, counted["pipeline_watcher_spend_micros_total:USD"]);
        Assert.Equal(1.000002m, _world.SpentOf("all"));
    }

    [Fact]
    public void Figures_OfAnyAggregate_AreThoseOfTheGeneratedReader()
    {
        // The scan is written by hand after the schema: this fails when a field is added, moved or changed.
        using var writer = new AvroWriter();
        var usage = WatcherWorld.Usage(12.345678901234m, user: "ä", calls: 7) with
        {
            Tags = new Dictionary<string, string> { ["cost_center"] = "x", ["app"] = "y" }, ErrorCalls = 1, DurationUs = 2, RequestBytes = 3, ResponseBytes = 4,
            InputUncached = 1, CacheRead = 2, CacheWrite = 3, CacheWrite5m = 4, CacheWrite1h = 5, InputAudio = 6, InputImage = 7, InputVideo = 8, ToolUsePrompt = 9,
            OutputText = 10, Reasoning = 11, OutputAudio = 12, OutputImage = 13, ListTotal = 99, EnergyMin = 1, EnergyMax = 2, GwpMin = 3, GwpMax = 4.000000000000005m,
            AdpeMin = 5, AdpeMax = 6, PeMin = 7, PeMax = 8, WcfMin = 9, WcfMax = 10,
        };
        usage.Write(writer);

        Assert.True(AggregateFigures.TryRead(writer.WrittenSpan, out var figures));

        Assert.Equal((usage.Minute, 7, 70, 7), (figures.Minute, figures.Calls, figures.InputTotal, figures.OutputTotal));
        Assert.Equal((usage.NetTotal, usage.GwpMax), (figures.NetTotal, figures.GwpMax));
        Assert.False(AggregateFigures.TryRead(writer.WrittenSpan[..60], out _));
        var tuple = figures.Tuple.ToArray();
        writer.Reset();
        (usage with { NetTotal = 1, Minute = usage.Minute.AddMinutes(1) }).Write(writer);
        Assert.True(AggregateFigures.TryRead(writer.WrittenSpan, out var same));
        Assert.Equal(tuple, same.Tuple.ToArray());
        writer.Reset();
        (usage with { UsageSource = UsageSource.Estimated }).Write(writer);
        Assert.True(AggregateFigures.TryRead(writer.WrittenSpan, out var other));
        Assert.NotEqual(tuple, other.Tuple.ToArray());
    }

    private static MeterListener Listen(Dictionary<string, long> counted)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == PipelineMeter.Name && instrument.Name.StartsWith("pipeline_watcher_", StringComparison.Ordinal)) self.EnableMeasurementEvents(instrument);
            },
        };
        var thread = Environment.CurrentManagedThreadId;
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            // Tests of other classes count at the same time, on threads of their own.
            if (Environment.CurrentManagedThreadId != thread) return;
            var key = $"{instrument.Name}:{tags[0].Value}";
            counted[key] = counted.GetValueOrDefault(key) + value;
        });
        listener.Start();
        return listener;
    }
}
