using Pipeline.Runtime;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;
using Pipeline.Simulation.Tests.Checking;
using Pipeline.Simulation.Tests.Processes;

namespace Pipeline.Simulation.Tests.World;

/// <summary>How a run ended.</summary>
/// <param name="Violation">Null when every guarantee held.</param>
internal sealed record RunResult(int Seed, ViolationException? Violation, IReadOnlyList<string> Trace, int Events, IReadOnlyList<int> Happened);

/// <summary>One seeded run: trouble for some steps, then none until everything has come to rest, then the equations.</summary>
internal static class SeededRun
{
    private const double LongShare = 0.03;
    private const int LongSteps = 2_500;
    private const int MaxDrainRounds = 10_000;
    private const int MaxIdleRounds = 200;
    private const int QuietRounds = 3;
    private static readonly TimeSpan DrainStep = TimeSpan.FromMilliseconds(700);

    public static RunResult Run(int seed, DeliberateFault fault = DeliberateFault.None, bool isTraced = false)
    {
        var world = new SimulatedWorld(seed, isTraced);
        DeliberateFaults.Active = fault;
        try
        {
            Populate(world);
            for (var steps = world.Chance.Hits(LongShare) ? LongSteps : world.Chance.Between(100, 500); steps > 0; steps--) world.Step();
            Drain(world);
            Conservation.Check(world);
            return new RunResult(seed, null, world.Trace?.Lines ?? [], world.Attempts.Count, world.Happened);
        }
        catch (ViolationException violation)
        {
            return new RunResult(seed, violation, world.Trace?.Lines ?? [], world.Attempts.Count, world.Happened);
        }
        finally
        {
            foreach (var process in world.Processes) process.Release();
            DeliberateFaults.Active = DeliberateFault.None;
        }
    }

    private static void Populate(SimulatedWorld world)
    {
        var chance = world.Chance;
        world.AttemptsLeft = chance.Hits(0.05) ? 300 : chance.Between(10, 70);
        for (var i = chance.Between(1, 3); i > 0; i--) world.Processes.Add(new EdgeProcess(world, $"edge-{i}"));
        for (var i = chance.Between(1, 3); i > 0; i--) world.Processes.Add(new EnricherProcess(world, $"enricher-{i}"));
        for (var i = chance.Between(1, 2); i > 0; i--) world.Processes.Add(new BookingProcess(world, $"booking-{i}"));
        for (var i = chance.Between(1, 2); i > 0; i--) world.Processes.Add(new RepriceProcess(world, $"reprice-{i}"));
        for (var i = chance.Between(1, 2); i > 0; i--) world.Processes.Add(new SinkProcess(world, $"sink-{i}"));
        for (var i = chance.Between(1, 2); i > 0; i--) world.Processes.Add(new RouterProcess(world, $"router-{i}"));
        for (var i = chance.Between(1, 2); i > 0; i--) world.Processes.Add(new LedgerProcess(world, $"ledger-{i}"));
        for (var i = chance.Between(1, 2); i > 0; i--) world.Processes.Add(new AlerterProcess(world, $"alerter-{i}"));
    }

    private static void Drain(SimulatedWorld world)
    {
        world.Trace?.Add("the troubles end");
        world.HasFaults = false;
        world.Cluster.DelaysMarkers = false;
        world.Registry.AwayUntil = default;
        foreach (var edge in world.Processes.OfType<EdgeProcess>()) edge.MakeRoom();
        foreach (var process in world.Processes) (process.IsRetired, process.AwayUntil, process.RestartAt) = (false, default, default);
        RestorePositions(world);
        world.Budgets.Complete();
        if (world.Budgets.IsChanged)
            foreach (var process in world.Processes)
                if (process is RouterProcess or LedgerProcess) process.Stop();
        Settle(world);
        // The next start of an edge makes events of what its last one left open; so does shipping its spool without a gateway.
        foreach (var edge in world.Processes.OfType<EdgeProcess>())
        {
            edge.Stop();
            edge.IsOrphan = world.Chance.Hits(0.3);
        }

        Settle(world);
    }

    /// <summary>The operator's part: a partition whose position was forgotten waits for him, and goes on from where he says.</summary>
    private static void RestorePositions(SimulatedWorld world)
    {
        foreach (var group in world.Cluster.Groups)
            foreach (var (partition, next) in group.Forgotten)
                if (partition.Topic != Topics.EdgePositions && group.Name != Groups.Sink) group.Positions.TryAdd(partition, next);
        // A reader that owns the partition and has nothing to read would not look for its position again.
        if (world.Cluster.Groups.Any(static group => group.Forgotten.Count > 0))
            foreach (var process in world.Processes.OfType<LoopProcess>()) process.Stop();
    }

    private static void Settle(SimulatedWorld world)
    {
        var (quiet, idle, last) = (0, 0, -1L);
        for (var round = 0; round < MaxDrainRounds && idle < MaxIdleRounds && quiet < QuietRounds; round++)
        {
            world.Time.Advance(DrainStep);
            world.Cluster.Tick();
            world.Foreign.Step();
            foreach (var process in world.Processes)
            {
                if (process.Current is null) process.Start();
                else process.Turn();
            }

            var moved = world.Cluster.AllPartitions.Sum(static partition => partition.End) + world.Cluster.Groups.Sum(static group => group.Positions.Sum(static one => one.Key.Topic == Topics.EdgePositions ? 0 : one.Value));
            idle = moved == last ? idle + 1 : 0;
            quiet = moved == last && Unsettled(world) is null ? quiet + 1 : 0;
            last = moved;
        }

        if (quiet < QuietRounds) throw new ViolationException("everything comes to rest", Unsettled(world) ?? "records are still being written");
    }

    private static string? Unsettled(SimulatedWorld world)
    {
        if (world.Cluster.HasUnfinished) return "a transaction is open";
        // What is due without a record is decided by whoever owns the partition then.
        if (world.Cluster.Groups.FirstOrDefault(static group => group.IsPreparing) is { } group) return $"{group.Name} is being dealt anew";
        foreach (var process in world.Processes)
        {
            if (process.Current is null) return $"{process.Name} does not run";
            if (process is LoopProcess { Loop.Status.Phase: not LoopPhase.Running } loop) return $"{loop.Name} is {loop.Loop?.Status}";
            if (process is LoopProcess { Loop.Status.StoppedPartitions: [var stopped, ..] }) return $"{process.Name} does not read {stopped.Partition}: {stopped.Reason}";
            if (process is RepriceProcess { IsAtRest: false }) return $"{process.Name} is at work";
            if (process is EdgeProcess { IsDrained: false } edge) return $"{edge.Name} holds events: {edge.Trouble}";
        }

        foreach (var spec in SimulatedWorld.TopicSpecs)
            foreach (var name in spec.Groups)
                foreach (var partition in world.Cluster.Topic(spec.Name)?.Partitions ?? [])
                    if (!world.Cluster.Group(name).Positions.TryGetValue(partition.Name, out var next) || partition.HasRecordsFrom(next))
                        return $"{name} has not read {partition.Name}";
        return null;
    }
}
