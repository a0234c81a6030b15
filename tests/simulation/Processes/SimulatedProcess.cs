using Pipeline.Simulation.Tests.Log;
using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests.Processes;

/// <summary>One process of a service: it starts, takes turns, and ends by being stopped or killed at any touch of the world.</summary>
internal abstract class SimulatedProcess(SimulatedWorld world, string name)
{
    public string Name => name;

    /// <summary>Null while the process is not running.</summary>
    public Incarnation? Current { get; private set; }

    public DateTimeOffset AwayUntil { get; set; }
    public DateTimeOffset WakeAt { get; set; }
    public DateTimeOffset RestartAt { get; set; }

    /// <summary>It is in the middle of something: nothing else of it may run on this thread.</summary>
    public bool IsOnStack { get; private set; }

    /// <summary>Taken out of service for good.</summary>
    public bool IsRetired { get; set; }

    /// <summary>It stands in a call to the log.</summary>
    public int LogCalls { get; set; }

    protected SimulatedWorld World => world;
    protected SimulatedLog Log { get; private set; } = null!;

    public void Start() => World.Guard(this, () =>
    {
        Current = new Incarnation(world, this);
        Log = new SimulatedLog(world.Cluster, Current);
        world.Trace?.Add($"{name}: start");
        Begin();
        return TimeSpan.Zero;
    });

    public void Turn() => World.Guard(this, TakeTurn);

    /// <summary>SIGTERM: what is in hand is finished, the group is left.</summary>
    public void Stop()
    {
        if (Current is not { } current) return;
        world.Trace?.Add($"{name}: stop");
        World.Guard(this, () =>
        {
            End();
            return TimeSpan.Zero;
        });
        current.IsDead = true;
        if (ReferenceEquals(Current, current)) Current = null;
    }

    /// <summary>kill -9, or a machine that lost power.</summary>
    public void Kill(string why)
    {
        if (Current is not { } current) return;
        world.Trace?.Add($"{name}: killed, {why}");
        current.IsDead = true;
        Current = null;
        RestartAt = world.Time.Now + world.Chance.Time(TimeSpan.FromSeconds(15));
        Killed();
    }

    /// <summary>Gives back what the last start took from this process, the simulation's.</summary>
    public virtual void Release()
    {
    }

    /// <summary>Until disposed; an edge serves requests while its shipper is on the stack already.</summary>
    public IDisposable OnStack()
    {
        var before = IsOnStack;
        IsOnStack = true;
        return new Off(this, before);
    }

    protected abstract void Begin();
    protected abstract TimeSpan TakeTurn();
    protected abstract void End();
    protected abstract void Killed();

    private sealed class Off(SimulatedProcess process, bool before) : IDisposable
    {
        public void Dispose() => process.IsOnStack = before;
    }
}
