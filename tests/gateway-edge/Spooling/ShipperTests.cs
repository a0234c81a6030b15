using System.Globalization;
using Pipeline.GatewayEdge.Spooling;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Segments;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Spooling;

public sealed class ShipperTests
{
    [Fact]
    public void Turn_OpeningsWithoutAnEnd_BecomeInterruptedEventsAtTheNextStart()
    {
        var world = new SpoolWorld(1);
        var ids = new List<Guid>();
        using var log = world.OpenLog();
        using (var spool = world.OpenSpool())
        {
            using var earlier = world.Shipper(spool, log);
            for (var i = 0; i < 20; i++)
            {
                ids.Add(world.NewId());
                if (i % 3 == 0) spool.Begin(spool.TryAdmit()!, Audits.Opening(ids[^1]));
                else spool.Attempt(ids[^1]);
                if (i == 11) world.Drain(earlier);
            }
        }

        using var next = world.OpenSpool();
        using var shipper = world.Shipper(next, log);
        world.Drain(shipper);

        var events = SpoolWorld.Events(log);
        Assert.Equal(ids.Order(), events.Select(static audit => audit.EventId).Order());
        Assert.Equal(7, shipper.RecoveredOpenings);
        foreach (var audit in events)
            Assert.Equal(ids.IndexOf(audit.EventId) % 3 == 0 ? Outcome.Interrupted : Outcome.Ok, audit.Outcome);
        Assert.Empty(next.Older);
    }

    [Fact]
    public void Turn_StoppedInTheMiddleOfAnEarlierEpoch_KeepsTheOpeningsThatAreStillOwed()
    {
        var world = new SpoolWorld(1) { Options = new SpoolOptions { SegmentBytes = SegmentStoreOptions.MinSegmentBytes } };
        var ids = new List<Guid> { world.NewId() };
        using var log = world.OpenLog();
        using (var spool = world.OpenSpool())
        {
            spool.Begin(spool.TryAdmit()!, Audits.Opening(ids[0]));
            for (var i = 0; i < 12; i++)
            {
                ids.Add(world.NewId());
                var ticket = spool.TryAdmit()!;
                var opening = Audits.Opening(ids[^1]);
                spool.Begin(ticket, opening);
                spool.Complete(ticket, Audits.Event(opening) with { ProviderUsage = new string('u', 200_000) });
            }
        }

        using (var stopped = world.OpenSpool())
        {
            using var first = world.Shipper(stopped, log);
            first.Turn();
            Assert.InRange(first.ShippedEvents, 5, 6);
        }

        using var next = world.OpenSpool();
        using var shipper = world.Shipper(next, log);
        world.Drain(shipper);
        Assert.Equal(ids.Order(), SpoolWorld.Events(log).Select(static audit => audit.EventId).Order());
        Assert.Equal(1, shipper.RecoveredOpenings);
    }

    [Theory]
    [InlineData(TransactionOutcome.Unknown)]
    [InlineData(TransactionOutcome.Aborted)]
    [InlineData(TransactionOutcome.Fenced)]
    public void Turn_AnswerIsLostOrNothingWasDone_EachEventIsShippedOnce(TransactionOutcome outcome)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var world = new SpoolWorld(seed);
            using var spool = world.OpenSpool();
            var log = new FaultyLog(world.OpenLog())
            {
                // Fenced is counted by the minute: time moves between the failures.
                Before = _ => outcome != TransactionOutcome.Unknown && random.Next(2) == 0 ? Failed() : null,
                After = result => outcome == TransactionOutcome.Unknown && random.Next(2) == 0 ? Failed() : result,
            };
            using var shipper = world.Shipper(spool, log);
            var ids = Enumerable.Range(0, 40).Select(_ => world.NewId()).ToArray();
            foreach (var id in ids)
            {
                spool.Attempt(id);
                if (random.Next(4) == 0) shipper.Turn();
            }

            world.Drain(shipper);
            Assert.Equal(ids.Order(), SpoolWorld.Events(log).Select(static audit => audit.EventId).Order());

            TransactionResult Failed()
            {
                world.Time.Advance(TimeSpan.FromSeconds(30));
                return new(outcome, null, "by the test");
            }
        }
    }

    [Fact]
    public void Turn_OneTransaction_HoldsOnePartitionAndTheyRotate()
    {
        var world = new SpoolWorld(1);
        using var spool = world.OpenSpool();
        var log = new FaultyLog(world.OpenLog());
        using var shipper = world.Shipper(spool, log);
        for (var i = 0; i < 6; i++)
        {
            for (var n = 0; n < 4; n++) spool.Attempt(world.NewId());
            world.Drain(shipper);
        }

        var partitions = log.Committed.Select(static transaction => transaction.Records.Select(static record => record.Partition!.Value).Distinct().Single()).ToArray();
        Assert.Equal(6, partitions.Length);
        Assert.Equal(3, partitions.Distinct().Count());
        for (var i = 3; i < 6; i++) Assert.Equal(partitions[i - 3], partitions[i]);
        Assert.All(log.Committed, static transaction => Assert.Null(transaction.Positions!.Membership));
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{spool.Id}.{spool.Epoch:N}"), log.Committed[0].Positions!.Group);
        Assert.Equal(48, log.Committed[^1].Positions!.Next[new TopicPartition(Topics.EdgePositions, 0)]);
    }

    [Fact]
    public void Turn_Backlog_ShipsInTransactionsOfAboutAMebibyteAndFreesTheDisk()
    {
        var world = new SpoolWorld(1) { Options = new SpoolOptions { Fsync = FsyncPolicy.Never } };
        using var spool = world.OpenSpool();
        var log = new FaultyLog(world.OpenLog()) { IsAway = true };
        using var shipper = world.Shipper(spool, log);
        for (var i = 0; i < 200; i++)
        {
            var ticket = spool.TryAdmit()!;
            var opening = Audits.Opening(world.NewId());
            spool.Begin(ticket, opening);
            spool.Complete(ticket, Audits.Event(opening) with { ProviderUsage = new string('u', 200_000) });
            shipper.Turn();
        }

        Assert.Equal(ShipperPhase.WaitingForLog, shipper.Status.Phase);
        Assert.True(spool.UsedBytes > 40_000_000);
        log.IsAway = false;
        world.Drain(shipper);
        Assert.Equal(200, SpoolWorld.Raw(log).Count);
        Assert.All(log.Committed, static transaction => Assert.InRange(transaction.Records.Sum(static record => record.Value.Length), 1, Shipper.MaxTransactionBytes + Spool.MaxEventBytes));
        Assert.True(spool.UsedBytes < 20_000_000, $"{spool.UsedBytes} bytes left");
    }

    [Fact]
    public void Turn_RegistryAway_WaitsWithABoundedBackoff()
    {
        var world = new SpoolWorld(1);
        using var spool = world.OpenSpool();
        using var log = world.OpenLog();
        int? id = null;
        using var shipper = world.Shipper(spool, log, _ => id);
        spool.Attempt(world.NewId());
        var waits = Enumerable.Range(0, 20).Select(_ => shipper.Turn()).ToArray();
        Assert.Equal(ShipperPhase.WaitingForRegistry, shipper.Status.Phase);
        Assert.All(waits, static wait => Assert.InRange(wait, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30)));
        Assert.Equal(TimeSpan.FromSeconds(30), waits[^1]);
        Assert.Empty(SpoolWorld.Raw(log));
        id = SpoolWorld.SchemaId;
        world.Drain(shipper);
        Assert.Single(SpoolWorld.Raw(log));
    }

    [Fact]
    public void Turn_RecordsRefusedForThemselves_AreKeptAndTheRestGoesOn()
    {
        var world = new SpoolWorld(1);
        using var spool = world.OpenSpool();
        var bad = new HashSet<string>();
        var log = new FaultyLog(world.OpenLog());
        log.Before = transaction =>
        {
            var refused = transaction.Records.Select(static (record, index) => (record, index)).Where(one => bad.Contains(System.Text.Encoding.ASCII.GetString(one.record.Key.Span))).Select(static one => one.index).ToArray();
            return refused.Length == 0 ? null : new TransactionResult(TransactionOutcome.Refused, refused, "policy");
        };
        using var shipper = world.Shipper(spool, log);
        var ids = Enumerable.Range(0, 30).Select(_ => spool.Attempt(world.NewId())).ToArray();
        bad.UnionWith([ids[3].ToString(), ids[4].ToString(), ids[29].ToString()]);
        world.Drain(shipper);

        Assert.Equal(ids.Where(id => !bad.Contains(id.ToString())).Order(), SpoolWorld.Events(log).Select(static audit => audit.EventId).Order());
        Assert.Equal(3, shipper.RefusedEvents);
        Assert.Equal(3, spool.Refused.NextOrdinal);
        Assert.Contains("refused 3 events", shipper.Status.Check().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Turn_FencedAgainAndAgain_IsACloneAndTheSpoolGoesOnTaking()
    {
        var world = new SpoolWorld(1);
        using var spool = world.OpenSpool();
        var fences = 0;
        var log = new FaultyLog(world.OpenLog()) { Before = _ => new TransactionResult(TransactionOutcome.Fenced, null, "by the test") };
        log.Before = _ =>
        {
            fences++;
            return new TransactionResult(TransactionOutcome.Fenced, null, "by the test");
        };
        using var shipper = world.Shipper(spool, log);
        spool.Attempt(world.NewId());
        world.Drain(shipper);

        Assert.Equal(ShipperPhase.Cloned, shipper.Status.Phase);
        Assert.Equal(4, fences);
        Assert.Contains("copied", shipper.Status.Check().Message, StringComparison.Ordinal);
        shipper.Turn();
        Assert.Equal(4, fences);
        spool.Attempt(world.NewId());
    }

    [Fact]
    public void Turn_FencedByItsOwnTimeoutsAgainAndAgain_IsNoCloneAndGoesOn()
    {
        var world = new SpoolWorld(1);
        using var spool = world.OpenSpool();
        var slow = 5;
        var log = new FaultyLog(world.OpenLog());
        log.Before = _ =>
        {
            if (slow-- <= 0) return null;
            world.Time.Advance(LogTransaction.Timeout);
            return new TransactionResult(TransactionOutcome.Fenced, null, "timed out");
        };
        using var shipper = world.Shipper(spool, log);
        var id = spool.Attempt(world.NewId());
        world.Drain(shipper);

        Assert.Equal(ShipperPhase.Idle, shipper.Status.Phase);
        Assert.Equal([id], SpoolWorld.Events(log).Select(static audit => audit.EventId));
    }

    [Fact]
    public void Turn_LogHasNoPositionAnyMore_GoesOnFromTheCheckpoint()
    {
        var world = new SpoolWorld(1);
        var log = new FaultyLog(world.OpenLog());
        var ids = new List<Guid>();
        using (var spool = world.OpenSpool())
        {
            using var earlier = world.Shipper(spool, log);
            for (var i = 0; i < 10; i++) ids.Add(spool.Attempt(world.NewId()));
            world.Drain(earlier);
            for (var i = 0; i < 10; i++) ids.Add(spool.Attempt(world.NewId()));
        }

        log.Position = static read => read with { Next = null };
        using var next = world.OpenSpool();
        using var shipper = world.Shipper(next, log);
        shipper.Turn();
        log.Position = static read => read;
        world.Drain(shipper);
        Assert.Equal(ids.Order(), SpoolWorld.Events(log).Select(static audit => audit.EventId).Order());
        Assert.Equal(1, shipper.PositionsFromCheckpoint);
        Assert.Contains("checkpoint", shipper.Status.Check().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Turn_TailShippedAndThenLostFromDisk_IsCountedAndNothingIsShippedTwice()
    {
        var world = new SpoolWorld(1);
        var log = new FaultyLog(world.OpenLog());
        var ids = new List<Guid>();
        using (var spool = world.OpenSpool())
            for (var i = 0; i < 10; i++) ids.Add(spool.Attempt(world.NewId()));
        log.Position = static _ => new PositionRead(true, 26);
        using var next = world.OpenSpool();
        using var shipper = world.Shipper(next, log);
        shipper.Turn();
        log.Position = static read => read;
        world.Drain(shipper);
        Assert.Equal(6, shipper.TailLostFrames);
        Assert.Empty(SpoolWorld.Raw(log));
        Assert.Empty(next.Older);
        ids.Clear();
        ids.Add(next.Attempt(world.NewId()));
        world.Drain(shipper);
        Assert.Equal(ids, SpoolWorld.Events(log).Select(static audit => audit.EventId));
    }

    [Fact]
    public void Turn_DamagedSegmentOfAnEarlierEpoch_IsReportedAndTheRestIsShipped()
    {
        var world = new SpoolWorld(1) { Options = new SpoolOptions { Fsync = FsyncPolicy.Never } };
        var count = 150;
        string epoch;
        using (var spool = world.OpenSpool())
        {
            epoch = spool.Live!.FolderName;
            for (var i = 0; i < count; i++)
            {
                var ticket = spool.TryAdmit()!;
                var opening = Audits.Opening(world.NewId());
                spool.Begin(ticket, opening);
                spool.Complete(ticket, Audits.Event(opening) with { ProviderUsage = new string('u', 200_000) });
            }
        }

        var files = world.Disk.Root.Folder("spool").Folder("epochs").Folder(epoch).Files().Where(static name => name.EndsWith(".segment", StringComparison.Ordinal)).ToArray();
        Assert.True(files.Length >= 2);
        world.Disk.Damage("/spool/epochs/" + epoch, files[0], 5_000_000);

        using var next = world.OpenSpool();
        using var log = world.OpenLog();
        using var shipper = world.Shipper(next, log);
        world.Drain(shipper);
        var shipped = SpoolWorld.Events(log).Select(static audit => audit.EventId).ToArray();
        Assert.Equal(shipped.Length, shipped.Distinct().Count());
        Assert.InRange(shipper.DamagedFrames, (count - shipped.Length) * 2 - 1, (count - shipped.Length) * 2 + 1);
        Assert.Contains(files[0], shipper.Status.Check().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Turn_IdleForADay_CommitsItsUnchangedPosition()
    {
        var world = new SpoolWorld(1);
        using var spool = world.OpenSpool();
        var log = new FaultyLog(world.OpenLog());
        using var shipper = world.Shipper(spool, log);
        spool.Attempt(world.NewId());
        world.Drain(shipper);
        for (var hours = 0; hours < 48; hours++)
        {
            world.Time.Advance(TimeSpan.FromHours(1));
            shipper.Turn();
        }

        Assert.InRange(log.Committed.Count, 3, 6);
        Assert.All(log.Committed.Skip(1), transaction => Assert.Empty(transaction.Records));
        Assert.Single(log.Committed.Select(static transaction => transaction.Positions!.Next.Values.Single()).Distinct());
    }

    [Fact]
    public void Turn_EpochOfAnOlderSchema_IsShippedWithThatSchema()
    {
        var world = new SpoolWorld(1);
        using (var spool = world.OpenSpool())
        {
            spool.Attempt(world.NewId());
            var older = spool.Live!.Record with { SchemaJson = """{"type":"record","name":"older"}""", Fingerprint = 0x1234 };
            Assert.Equal(DiskOutcome.Done, older.Write(spool.Live.Folder));
        }

        using var next = world.OpenSpool();
        next.Attempt(world.NewId());
        using var log = world.OpenLog();
        var asked = new List<string>();
        using var shipper = world.Shipper(next, log, schema =>
        {
            asked.Add(schema);
            return SpoolWorld.SchemaId;
        });
        world.Drain(shipper);
        Assert.Contains("""{"type":"record","name":"older"}""", asked);
        Assert.Contains(LLMUsageAudit.SchemaJson, asked);
        Assert.Equal(["0000000000001234", LLMUsageAudit.Fingerprint.ToString("x16", CultureInfo.InvariantCulture)],
            SpoolWorld.Raw(log).OrderBy(static record => record.AppendedAt).Select(static record => System.Text.Encoding.ASCII.GetString(record.Headers[0].Value.Span)));
    }

    [Fact]
    public void ShipCommand_AnOrphanedSpool_IsEmptied()
    {
        var world = new SpoolWorld(1);
        using (var spool = world.OpenSpool())
        {
            for (var i = 0; i < 10; i++) spool.Attempt(world.NewId());
            spool.Begin(spool.TryAdmit()!, Audits.Opening(world.NewId()));
        }

        using var log = world.OpenLog();
        using var orphan = world.OpenSpool(beginsEpoch: false);
        using var shipper = world.Shipper(orphan, log);
        using var output = new StringWriter();
        Assert.Equal(0, ShipCommand.Run(orphan, shipper, output, default));
        Assert.StartsWith("shipped 11 events, 1 of them interrupted", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(11, SpoolWorld.Raw(log).Count);
        Assert.Empty(orphan.Older);
        Assert.Empty(world.Disk.Root.Folder("spool").Folder("epochs").Folders());
    }
}
