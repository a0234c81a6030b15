using System.Diagnostics.Metrics;
using Pipeline.GatewayEdge.Spooling;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Segments;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Spooling;

/// <summary>`pipeline_spool_unshipped_bytes`, by which a pod is held: 0 when everything is in the log, and never before.</summary>
public sealed class UnshippedBytesTests
{
    private static readonly TopicPartition Positions = new(Topics.EdgePositions, 0);

    [Fact]
    public void UnshippedBytes_CallInFlight_AreItsOpening()
    {
        var world = new SpoolWorld(1);
        using var spool = world.OpenSpool();
        using var log = world.OpenLog();
        using var shipper = world.Shipper(spool, log);
        spool.Attempt(world.NewId());
        world.Drain(shipper);
        Assert.Equal(0, spool.UnshippedBytes);

        var (ticket, opening, used) = (spool.TryAdmit()!, Audits.Opening(world.NewId()), spool.UsedBytes);
        spool.Begin(ticket, opening);
        world.Drain(shipper);
        Assert.Equal(spool.UsedBytes - used, spool.UnshippedBytes);

        spool.Complete(ticket, Audits.Event(opening));
        Assert.Equal(spool.UsedBytes - used, spool.UnshippedBytes);
        world.Drain(shipper);
        Assert.Equal(0, spool.UnshippedBytes);
    }

    [Fact]
    public void UnshippedBytes_LogIsAway_GrowWithEachFrameAndGoWhenItIsBack()
    {
        var world = new SpoolWorld(2);
        using var spool = world.OpenSpool();
        var log = new FaultyLog(world.OpenLog()) { IsAway = true };
        using var shipper = world.Shipper(spool, log);
        for (var i = 0; i < 10; i++)
        {
            spool.Attempt(world.NewId());
            shipper.Turn();
            Assert.Equal(spool.UsedBytes, spool.UnshippedBytes);
        }

        log.IsAway = false;
        for (var turns = 0; spool.UnshippedBytes > 0 && turns < 10; turns++) world.Time.Advance(shipper.Turn());
        Assert.Equal(0, spool.UnshippedBytes);
        log.Dispose();
    }

    /// <summary>Whatever becomes of a transaction, the figure is what lies behind the position that the log has.</summary>
    [Fact]
    public void UnshippedBytes_AnyOutcome_AreWhatTheCommittedPositionDoesNotCover()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var world = new SpoolWorld(seed) { Options = new SpoolOptions { Path = "spool", SegmentBytes = SegmentStoreOptions.MinSegmentBytes } };
            using var spool = world.OpenSpool();
            var log = new FaultyLog(world.OpenLog())
            {
                Before = _ => random.Next(3) == 0 ? new(TransactionOutcome.Aborted, null, "by the test") : null,
                After = result => random.Next(3) == 0 ? new(TransactionOutcome.Unknown, null, "by the test") : result,
            };
            using var shipper = world.Shipper(spool, log);
            for (var i = 0; i < 30; i++)
            {
                var opening = Audits.Opening(world.NewId());
                var ticket = spool.TryAdmit()!;
                spool.Begin(ticket, opening);
                if (random.Next(5) > 0) spool.Complete(ticket, Audits.Event(opening) with { ProviderUsage = new string('u', random.Next(60_000)) });
                if (random.Next(3) > 0) continue;
                world.Time.Advance(shipper.Turn());
                if (shipper.Status.Phase == ShipperPhase.Shipping) AssertExact(spool, log, $"seed {seed}, attempt {i}");
            }

            world.Drain(shipper);
            AssertExact(spool, log, $"seed {seed}, at its end");
            log.Dispose();
        }
    }

    /// <summary>Until the position is read nobody knows what of an earlier epoch was shipped: all of it counts.</summary>
    [Fact]
    public void UnshippedBytes_AfterAStart_CountWhatIsLeftOfTheEarlierEpoch()
    {
        var world = new SpoolWorld(3);
        var log = new FaultyLog(world.OpenLog());
        using (var earlier = world.OpenSpool())
        {
            using var shipping = world.Shipper(earlier, log);
            earlier.Begin(earlier.TryAdmit()!, Audits.Opening(world.NewId()));
            earlier.Attempt(world.NewId());
            world.Drain(shipping);
            Assert.Equal(0, earlier.UnshippedBytes);
        }

        log.IsAway = true;
        using var spool = world.OpenSpool();
        using var shipper = world.Shipper(spool, log);
        shipper.Turn();
        Assert.Equal(spool.UsedBytes, spool.UnshippedBytes);

        // The opening without an end lies before the position: its interrupted event is still owed.
        log.IsAway = false;
        log.Before = static _ => new(TransactionOutcome.Aborted, null, "by the test");
        for (var turns = 0; shipper.ShippedEvents == 0 && turns < 5; turns++) world.Time.Advance(shipper.Turn());
        Assert.InRange(spool.UnshippedBytes, 1, (spool.UsedBytes / 2) - 1);

        log.Before = static _ => null;
        world.Drain(shipper);
        Assert.Equal(1, shipper.RecoveredOpenings);
        Assert.Equal(0, spool.UnshippedBytes);
        log.Dispose();
    }

    /// <summary>The first scrape comes after the spool was opened: what lay in it must count all the same.</summary>
    [Fact]
    public void Gauges_AskedAfterTheSpoolWasOpened_CountWhatAnEarlierStartLeft()
    {
        var world = new SpoolWorld(4);
        using (var earlier = world.OpenSpool()) earlier.Attempt(world.NewId());
        using var spool = world.OpenSpool();

        var gauges = new Dictionary<string, double>();
        using var listener = new MeterListener { InstrumentPublished = static (instrument, listening) => { if (instrument.Name.StartsWith("pipeline_spool_", StringComparison.Ordinal)) listening.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => gauges[instrument.Name] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        // Other tests have spools open too.
        Assert.True(gauges["pipeline_spool_bytes"] >= spool.UsedBytes && spool.UsedBytes > 0);
        Assert.True(gauges["pipeline_spool_unshipped_bytes"] >= spool.UnshippedBytes && spool.UnshippedBytes > 0);
    }

    private static void AssertExact(Spool spool, ILog log, string where)
    {
        var store = spool.Live!.Store;
        var position = log.ReadPosition($"{spool.Id}.{spool.Epoch:N}", Positions).Next ?? store.FirstOrdinal;
        using var cursor = store.ReadFrom(position);
        var behind = cursor.Read(out var place, out _) == CursorOutcome.Frame ? store.EndAddress - place.Address : 0;
        // A segment begins with a header, which may count with the frame behind it.
        Assert.True(spool.UnshippedBytes == behind || behind > 0 && spool.UnshippedBytes == behind + SegmentStore.SegmentOverheadBytes,
            $"{where}: {spool.UnshippedBytes}, {behind} behind position {position}");
    }
}
