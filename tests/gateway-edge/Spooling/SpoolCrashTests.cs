using Pipeline.GatewayEdge.Spooling;
using Pipeline.Runtime.Segments;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Spooling;

/// <summary>
/// A gateway and its log on one simulated machine, stopped at every change of the disk, started again, stopped again at a random
/// change, and drained: every attempt that began is in the topic once, and every event that was acknowledged is there as such.
/// </summary>
public sealed class SpoolCrashTests(ITestOutputHelper output)
{
    private const int Attempts = 25;

    [Theory]
    [InlineData(CrashKind.Process, FsyncPolicy.Never)]
    [InlineData(CrashKind.Process, FsyncPolicy.EachAppend)]
    [InlineData(CrashKind.Power, FsyncPolicy.EachAppend)]
    public void Crash_AtEveryChange_NothingAcknowledgedIsLostAndNothingIsDoubled(CrashKind kind, FsyncPolicy fsync)
    {
        var runs = 0;
        for (var seed = 0; seed < 8; seed++)
            for (var change = 0L; new Run(seed, change, kind, fsync).Crashes(); change++) runs++;
        output.WriteLine($"{runs} crashes, seeds 0-7");
        Assert.True(runs > 500);
    }

    /// <summary>Without syncing, power loss may lose events from the end of the spool, but never doubles one.</summary>
    [Fact]
    public void PowerLoss_WithoutSyncing_DoublesNothing()
    {
        for (var seed = 0; seed < 8; seed++)
            for (var change = 0L; new Run(seed, change, CrashKind.Power, FsyncPolicy.Never) { MayLose = true }.Crashes(); change++)
            {
            }
    }

    /// <summary>What a killed start left must be durable before the next one builds on it.</summary>
    [Fact]
    public void FirstStartKilledAtEveryChange_ThenAttemptsAndPowerLoss_TheSpoolOpens()
    {
        for (var seed = 0; seed < 8; seed++)
        {
            for (var change = 0L; change < 20; change++)
            {
                var world = new SpoolWorld(seed);
                world.Disk.CrashAt(change);
                if (!Run.Stops(() => world.OpenSpool())) break;
                world.Disk.Restart(CrashKind.Process);
                var id = world.OpenSpool().Attempt(world.NewId());
                world.Disk.Restart(CrashKind.Power);

                using var log = world.OpenLog();
                using var spool = world.OpenSpool();
                using var shipper = world.Shipper(spool, log);
                world.Drain(shipper);
                Assert.Equal([id], SpoolWorld.Events(log).Select(static audit => audit.EventId));
            }
        }
    }

    private sealed class Run(int seed, long change, CrashKind kind, FsyncPolicy fsync)
    {
        private readonly HashSet<Guid> _begun = [];
        private readonly HashSet<Guid> _completed = [];
        private readonly HashSet<Guid> _tried = [];
        private readonly Random _script = new(seed);

        public bool MayLose { get; init; }

        /// <returns>False when the script ended before the change came.</returns>
        public bool Crashes()
        {
            var random = new Random(HashCode.Combine(seed, change));
            var world = new SpoolWorld(seed, random) { Options = new SpoolOptions { Fsync = fsync, FsyncInterval = TimeSpan.FromHours(1), SegmentBytes = SegmentStoreOptions.MinSegmentBytes } };
            world.Disk.CrashAt(change);
            if (!Stops(() => Script(world))) return false;
            world.Disk.Restart(kind);
            world.Disk.CrashAt(world.Disk.Changes + random.Next(120));
            Stops(() => Script(world));
            world.Disk.Restart(kind);

            using var log = world.OpenLog();
            using var spool = world.OpenSpool();
            using var shipper = world.Shipper(spool, log);
            world.Drain(shipper);
            Check(SpoolWorld.Events(log));
            // A position is committed only for what is durable: on a disk that keeps its word none is ahead of it.
            Assert.Equal(0, shipper.TailLostFrames);
            Assert.Empty(spool.Older);
            Assert.Empty(spool.DamagedEpochs);
            return true;
        }

        public static bool Stops(Action script)
        {
            try
            {
                script();
                return false;
            }
            catch (SimulatedCrashException)
            {
                return true;
            }
        }

        private void Script(SpoolWorld world)
        {
            var log = world.OpenLog();
            var spool = world.OpenSpool();
            var shipper = world.Shipper(spool, log);
            var inFlight = new List<(SpoolTicket Ticket, Guid Id)>();
            for (var i = 0; i < Attempts; i++)
            {
                var id = world.NewId();
                var ticket = spool.TryAdmit()!;
                _tried.Add(id);
                if (spool.Begin(ticket, Audits.Opening(id)) == AppendOutcome.Appended) _begun.Add(id);
                inFlight.Add((ticket, id));
                if (_script.Next(3) > 0)
                {
                    var (ended, endedId) = inFlight[_script.Next(inFlight.Count)];
                    inFlight.RemoveAll(one => one.Id == endedId);
                    if (spool.Complete(ended, Audits.Event(Audits.Opening(endedId))) == AppendOutcome.Appended) _completed.Add(endedId);
                }

                if (_script.Next(3) == 0) world.Time.Advance(shipper.Turn());
            }

            world.Drain(shipper);
        }

        private void Check(List<Schemas.LLMUsageAudit> events)
        {
            var at = $"seed {seed}, change {change}, {kind}, {fsync}";
            var ids = events.Select(static audit => audit.EventId).ToArray();
            Assert.True(ids.Length == ids.Distinct().Count(), $"{at}: doubled");
            Assert.True(ids.All(_tried.Contains), $"{at}: unknown event");
            foreach (var epoch in events.GroupBy(static audit => audit.Edge.Epoch))
                Assert.True(epoch.Select(static audit => audit.Edge.Sequence).Distinct().Count() == epoch.Count(), $"{at}: sequence twice");
            if (MayLose) return;
            Assert.True(_begun.IsSubsetOf(ids), $"{at}: {_begun.Except(ids).Count()} attempts lost");
            var ok = events.Where(static audit => audit.Outcome == Schemas.Outcome.Ok).Select(static audit => audit.EventId).ToHashSet();
            Assert.True(_completed.IsSubsetOf(ok), $"{at}: {_completed.Except(ok).Count()} events lost");
            foreach (var epoch in events.GroupBy(static audit => audit.Edge.Epoch))
                Assert.True(epoch.Max(static audit => audit.Edge.Sequence) == epoch.Count() - 1, $"{at}: gap in the sequence");
        }
    }
}
