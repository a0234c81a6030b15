using Pipeline.Runtime.Log;
using Pipeline.Runtime.Segments;
using Pipeline.Simulation.Tests.Log;
using Pipeline.Simulation.Tests.Processes;
using Pipeline.Simulation.Tests.Work;

namespace Pipeline.Simulation.Tests.World;

/// <summary>
/// The whole pipeline on one thread.
/// <code>
///   Step ──(1) time, brokers──► (2) troubles ──► (3) one process takes a turn
///                                                     └─ each touch of the world: killed here, or others take turns before it goes on
/// </code>
/// </summary>
internal sealed class SimulatedWorld
{
    private const int MaxDepth = 3;
    private static readonly TimeSpan FrozenStep = TimeSpan.FromSeconds(2);

    public static readonly IReadOnlyList<TopicSpec> TopicSpecs = Topics.All(partitions: 3);

    private readonly Troubles _troubles;
    private int _depth;

    public SimulatedWorld(int seed, bool isTraced)
    {
        Seed = seed;
        Chance = new Chance(seed);
        Plan = FaultPlan.Of(Chance);
        if (isTraced) Trace = new Trace(Time);
        Cluster = new SimulatedCluster(Time, Chance);
        Registry = new SimulatedRegistry(Time);
        RetentionDays = Chance.Hits(0.5) ? 5 : 400;
        Budgets = new BudgetFile(Chance);
        Budgets.Write();
        Receivers = new Receivers(this);
        Foreign = new ForeignWriter(this);
        _troubles = new Troubles(this);
        Cluster.Refuses = record => record.Topic == Topics.UsageRaw && IsRefusedByBroker(record);
    }

    public int Seed { get; }
    public Chance Chance { get; }
    public FaultPlan Plan { get; }
    public Trace? Trace { get; }
    public VirtualTime Time { get; } = new();
    public SimulatedCluster Cluster { get; }
    public SimulatedRegistry Registry { get; }
    public SimulatedStore Store { get; } = new();
    public ForeignWriter Foreign { get; }
    public Receivers Receivers { get; }
    public BudgetFile Budgets { get; }
    public List<SimulatedProcess> Processes { get; } = [];
    public List<Attempt> Attempts { get; } = [];
    public int AttemptsLeft { get; set; }
    public int RetentionDays { get; }

    /// <summary>Events that the broker refuses for what they are.</summary>
    public HashSet<Guid> Unshippable { get; } = [];

    /// <summary>How often each kind of thing happened.</summary>
    public int[] Happened { get; } = new int[Enum.GetValues<Happening>().Length];

    /// <summary>Off while the run drains: from then on everything must come right.</summary>
    public bool HasFaults { get; set; } = true;

    public void Note(Happening happening) => Happened[(int)happening]++;

    public void Step()
    {
        Time.Advance(Chance.Time(Chance.Below(20) switch
        {
            0 => TimeSpan.FromSeconds(4),
            < 6 => TimeSpan.FromMilliseconds(400),
            _ => TimeSpan.FromMilliseconds(30),
        }));
        Cluster.Tick();                                                                          // (1)
        Foreign.Step();
        _troubles.Step();                                                                        // (2)
        var ready = Processes.Where(CanRun).ToArray();
        if (ready.Length == 0) return;
        Run(Chance.Of(ready));                                                                   // (3)
    }

    /// <summary>Runs a part of a process up to its end, its death, or a defect.</summary>
    public void Guard(SimulatedProcess process, Func<TimeSpan> part)
    {
        using var _ = process.OnStack();
        try
        {
            process.WakeAt = Time.Now + part();
        }
        catch (SimulatedCrashException)
        {
            if (process.Current is { IsDead: false }) Note(Happening.DiskStopped);
            process.Kill("its disk stopped");
        }
        catch (Exception error) when (error is not ViolationException)
        {
            throw new ViolationException("no process throws", $"{process.Name}: {error}");
        }
    }

    /// <summary>Something happens while the process is in the middle of a call.</summary>
    public void Disturb(SimulatedProcess process, Incarnation incarnation, string point)
    {
        if (Chance.Hits(Plan.KillPerTouch))
        {
            Note(Happening.Killed);
            process.Kill("at " + point);
            return;
        }

        if (_depth >= MaxDepth || !Chance.Hits(Plan.InterleavePerTouch)) return;
        _depth++;
        process.LogCalls++;
        incarnation.IsFrozen = Chance.Hits(Plan.FreezeShare);
        if (incarnation.IsFrozen) Note(Happening.Hung);
        Trace?.Add($"{process.Name}: {(incarnation.IsFrozen ? "hangs" : "waits")} at {point}");
        var steps = incarnation.IsFrozen ? Chance.Between(4, 14) : Chance.Between(1, 6);
        for (var i = 0; i < steps && !incarnation.IsDead; i++)
        {
            if (incarnation.IsFrozen) Time.Advance(FrozenStep);
            Step();
        }

        incarnation.IsFrozen = false;
        process.LogCalls--;
        _depth--;
        Trace?.Add($"{process.Name}: goes on at {point}");
    }

    public bool CanRun(SimulatedProcess process)
    {
        if (process.Current is null) return !process.IsRetired && !process.IsOnStack && process.RestartAt <= Time.Now;
        if (process.IsOnStack) return process is EdgeProcess { CanServe: true };
        return process.WakeAt <= Time.Now;
    }

    public void Run(SimulatedProcess process)
    {
        if (process.Current is null) process.Start();
        else if (process.IsOnStack) ((EdgeProcess)process).Serve();
        else process.Turn();
    }

    private bool IsRefusedByBroker(in NewRecord record)
    {
        if (Unshippable.Count == 0 || !Guid.TryParse(System.Text.Encoding.ASCII.GetString(record.Key.Span), out var id) || !Unshippable.Contains(id)) return false;
        Note(Happening.RecordRefused);
        return true;
    }
}
