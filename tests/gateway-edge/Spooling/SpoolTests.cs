using Pipeline.GatewayEdge.Spooling;
using Pipeline.Runtime.Segments;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Spooling;

public sealed class SpoolTests
{
    private const long SmallSpool = 64L * 1024 * 1024;

    [Fact]
    public void Complete_AnEvent_IsShippedWithItsPlaceInTheLedger()
    {
        var world = new SpoolWorld(1);
        using var spool = world.OpenSpool();
        using var log = world.OpenLog();
        using var shipper = world.Shipper(spool, log);
        for (var i = 0; i < 130; i++) spool.Attempt(world.NewId());
        world.Drain(shipper);

        var events = SpoolWorld.Events(log);
        Assert.Equal(Enumerable.Range(0, 130).Select(static number => (long)number), events.Select(static audit => audit.Edge.Sequence).Order());
        var shipped = events[17];
        var expected = Audits.Event(Audits.Opening(shipped.EventId)) with { Edge = new EdgePosition { Id = spool.Id, Epoch = spool.Epoch!.Value.ToString("N"), Sequence = shipped.Edge.Sequence } };
        Assert.Equal(Encoded(expected), Encoded(shipped));
        var header = Assert.Single(SpoolWorld.Raw(log)[0].Headers);
        Assert.Equal(("schema.fingerprint", LLMUsageAudit.Fingerprint.ToString("x16")), (header.Name, System.Text.Encoding.ASCII.GetString(header.Value.Span)));
    }

    /// <summary>The spool's frames leave `edge` out and rely on its place.</summary>
    [Fact]
    public void Schema_FirstTwoFields_AreEventIdAndEdge()
    {
        using var schema = System.Text.Json.JsonDocument.Parse(LLMUsageAudit.SchemaJson);
        var fields = schema.RootElement.GetProperty("fields");
        Assert.Equal("event_id", fields[0].GetProperty("name").GetString());
        Assert.Equal("edge", fields[1].GetProperty("name").GetString());
        Assert.Equal(["id", "epoch", "sequence"], fields[1].GetProperty("type").GetProperty("fields").EnumerateArray().Select(static field => field.GetProperty("name").GetString()));
    }

    [Fact]
    public void TryAdmit_ByTheBound_RefusesTheNextAttemptOnly()
    {
        var world = new SpoolWorld(1) { Options = new SpoolOptions { MaxBytes = SmallSpool } };
        using var spool = world.OpenSpool();
        var tickets = new List<SpoolTicket>();
        while (spool.TryAdmit() is { } ticket) tickets.Add(ticket);

        Assert.InRange(tickets.Count, 200, 256);
        foreach (var ticket in tickets.Skip(1))
        {
            var opening = Audits.Opening(world.NewId());
            Assert.Equal(AppendOutcome.Appended, spool.Begin(ticket, opening));
            Assert.Equal(AppendOutcome.Appended, spool.Complete(ticket, Large(opening)));
        }

        Assert.True(spool.UsedBytes + spool.ReservedBytes <= SmallSpool);
        while (spool.TryAdmit() is { } ticket) tickets.Add(ticket);
        Assert.True(spool.UsedBytes + spool.ReservedBytes > SmallSpool - Spool.ReservationBytes);
        foreach (var ticket in tickets) spool.Abandon(ticket);
        Assert.Equal(0, spool.ReservedBytes);
    }

    [Fact]
    public void Begin_DiskFullUnderRefuse_TakesNoSequence()
    {
        var world = new SpoolWorld(1);
        using var spool = world.OpenSpool();
        spool.Attempt(world.NewId());
        world.Disk.CapacityBytes = 1;
        var ticket = spool.TryAdmit()!;
        Assert.Equal(AppendOutcome.DiskFull, spool.Begin(ticket, Audits.Opening(world.NewId())));
        spool.Abandon(ticket);
        world.Disk.CapacityBytes = long.MaxValue;
        spool.Attempt(world.NewId());

        using var log = world.OpenLog();
        using var shipper = world.Shipper(spool, log);
        world.Drain(shipper);
        Assert.Equal([0L, 1L], SpoolWorld.Events(log).Select(static audit => audit.Edge.Sequence).Order());
        Assert.Equal(0, spool.LostEvents);
    }

    [Fact]
    public void Forward_WhenTheDiskIsFull_LeavesGapsEqualToTheCounter()
    {
        var world = new SpoolWorld(1) { Options = new SpoolOptions { WhenFull = WhenFull.Forward } };
        using var spool = world.OpenSpool();
        using var log = world.OpenLog();
        using var shipper = world.Shipper(spool, log);
        for (var i = 0; i < 90; i++)
        {
            world.Disk.CapacityBytes = i % 9 < 4 ? 1 : long.MaxValue;
            var ticket = spool.TryAdmit()!;
            var opening = Audits.Opening(world.NewId());
            spool.Begin(ticket, opening);
            if (i % 9 == 3) world.Disk.CapacityBytes = long.MaxValue;
            spool.Complete(ticket, Audits.Event(opening));
        }

        world.Drain(shipper);
        var sequences = SpoolWorld.Events(log).Select(static audit => audit.Edge.Sequence).ToHashSet();
        Assert.Equal(30, spool.LostEvents);
        Assert.Equal(60, sequences.Count);
        Assert.Equal(89, sequences.Max());
    }

    [Fact]
    public void Forward_PastTheBound_TakesWhatFitsAndKeepsOpeningsForTheNextStart()
    {
        var world = new SpoolWorld(1) { Options = new SpoolOptions { MaxBytes = SmallSpool, WhenFull = WhenFull.Forward } };
        using var log = world.OpenLog();
        long lost;
        using (var spool = world.OpenSpool())
        {
            for (var i = 0; i < 400; i++)
            {
                var ticket = spool.TryAdmit()!;
                var opening = Audits.Opening(world.NewId());
                spool.Begin(ticket, opening);
                spool.Complete(ticket, Large(opening));
            }

            Assert.InRange(spool.EndingsFailed, 100, 200);
            Assert.True(spool.UsedBytes <= SmallSpool);
            lost = spool.LostEvents;
        }

        using var next = world.OpenSpool();
        using var shipper = world.Shipper(next, log);
        world.Drain(shipper);
        Assert.Equal(400 - lost, SpoolWorld.Events(log).Count);
    }

    [Fact]
    public void Complete_EventOverTheBound_DropsProviderUsageThenTags()
    {
        var world = new SpoolWorld(1);
        using var spool = world.OpenSpool();
        using var log = world.OpenLog();
        using var shipper = world.Shipper(spool, log);
        var manyTags = Enumerable.Range(0, 3_000).ToDictionary(static i => $"tag-{i}", static _ => new string('t', 100));
        Complete(static audit => audit with { ProviderUsage = new string('u', 300_000) });
        Complete(audit => audit with { ProviderUsage = "{}", Attribution = audit.Attribution with { Tags = manyTags } });
        world.Drain(shipper);

        var events = SpoolWorld.Events(log).OrderBy(static audit => audit.Edge.Sequence).ToArray();
        Assert.True(events[0].Truncated && events[0].ProviderUsage is null && events[0].Attribution.Tags.Count == 1);
        Assert.True(events[1].Truncated && events[1].ProviderUsage is null && events[1].Attribution.Tags.Count == 0);
        Assert.All(SpoolWorld.Raw(log), static record => Assert.True(record.Value.Length <= Spool.MaxEventBytes));

        void Complete(Func<LLMUsageAudit, LLMUsageAudit> change)
        {
            var ticket = spool.TryAdmit()!;
            var opening = Audits.Opening(world.NewId());
            spool.Begin(ticket, opening);
            Assert.Equal(AppendOutcome.Appended, spool.Complete(ticket, change(Audits.Event(opening))));
        }
    }

    [Fact]
    public void Open_AfterAnotherStart_NamesThePreviousEpochAndItsLastSequence()
    {
        var world = new SpoolWorld(1);
        Guid first;
        using (var spool = world.OpenSpool())
        {
            first = spool.Epoch!.Value;
            for (var i = 0; i < 5; i++) spool.Attempt(world.NewId());
        }

        using (var empty = world.OpenSpool()) Assert.Equal(4, empty.Live!.Record.PreviousLastSequence);
        using var third = world.OpenSpool();
        Assert.Equal(first, third.Live!.Record.Previous);
        Assert.Equal(4, third.Live.Record.PreviousLastSequence);
        Assert.Single(third.Older);
        Assert.NotEqual(first, third.Epoch);
    }

    [Fact]
    public void Open_WithoutItsIdButWithEpochs_IsRefused()
    {
        var world = new SpoolWorld(1);
        using (var spool = world.OpenSpool()) spool.Attempt(world.NewId());
        world.Disk.Root.Folder("spool").Delete("spool-id");
        var opening = Spool.Open(world.Disk.Root.Folder("spool"), world.Options, world.Time, world.NewId, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        Assert.Contains("spool-id is missing", opening.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OnAFullDisk_ShipsWhatIsThereAndThenTakesEvents()
    {
        var world = new SpoolWorld(1);
        Guid id;
        using (var earlier = world.OpenSpool()) id = earlier.Attempt(world.NewId());
        using var log = world.OpenLog();
        using (var earlier = world.OpenSpool(beginsEpoch: false)) world.Shipper(earlier, log).Turn();
        world.Disk.CapacityBytes = world.Disk.Root.Folder("spool").Files().Count;

        using var spool = world.OpenSpool();
        var ticket = spool.TryAdmit()!;
        Assert.Equal(AppendOutcome.DiskFull, spool.Begin(ticket, Audits.Opening(world.NewId())));
        spool.Abandon(ticket);

        world.Disk.CapacityBytes = long.MaxValue;
        using var shipper = world.Shipper(spool, log);
        world.Drain(shipper);
        var second = spool.Attempt(world.NewId());
        world.Drain(shipper);
        Assert.Equal(new[] { id, second }.Order(), SpoolWorld.Events(log).Select(static audit => audit.EventId).Order());
    }

    [Fact]
    public void Append_FromManyThreads_TakesEverySequenceOnce()
    {
        using var folder = new Folder();
        var options = new SpoolOptions { Path = folder.Path, Fsync = FsyncPolicy.Never };
        using var spool = Spool.Open(options, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance).Spool!;
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (var i = 0; i < 500; i++) spool.Attempt(Guid.CreateVersion7());
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();

        var world = new SpoolWorld(1);
        using var log = world.OpenLog();
        using var shipper = world.Shipper(spool, log);
        world.Drain(shipper);
        Assert.Equal(Enumerable.Range(0, 2_000).Select(static number => (long)number), SpoolWorld.Events(log).Select(static audit => audit.Edge.Sequence).Order());
        Assert.Equal(0, spool.ReservedBytes);
    }

    [Fact]
    public void BeginAndComplete_AfterWarmUp_AllocateTheirTicketOnly()
    {
        using var folder = new Folder();
        var options = new SpoolOptions { Path = folder.Path, Fsync = FsyncPolicy.Never };
        using var spool = Spool.Open(options, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance).Spool!;
        var opening = Audits.Opening(Guid.CreateVersion7());
        var audit = Audits.Event(opening);
        for (var i = 0; i < 200; i++) Attempt();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) Attempt();
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 1_000, 0, 80);

        void Attempt()
        {
            var ticket = spool.TryAdmit()!;
            spool.Begin(ticket, opening);
            spool.Complete(ticket, audit);
        }
    }

    private static LLMUsageAudit Large(LLMUsageAudit opening) => Audits.Event(opening) with { ProviderUsage = new string('u', Spool.MaxEventBytes - 1_000) };

    private static byte[] Encoded(LLMUsageAudit audit)
    {
        using var writer = new AvroWriter();
        audit.Write(writer);
        return writer.WrittenSpan.ToArray();
    }

    private sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("pipeline-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
