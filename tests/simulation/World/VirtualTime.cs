namespace Pipeline.Simulation.Tests.World;

/// <summary>The world's time: it moves when the scheduler says so.</summary>
internal sealed class VirtualTime : TimeProvider
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public DateTimeOffset Now { get; private set; } = Start;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Now;

    public override long GetTimestamp() => Now.UtcTicks;

    public void Advance(TimeSpan by) => Now += by;
}

/// <summary>
/// One machine's clock: its wall clock may be off, its monotonic one is not. Timers fire when the scheduler runs them, on the one
/// thread of the simulation.
/// </summary>
internal sealed class MachineTime(VirtualTime world) : TimeProvider
{
    private readonly List<MachineTimer> _timers = [];

    /// <summary>How far the wall clock is off.</summary>
    public TimeSpan Skew { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => world.Now + Skew;

    public override long GetTimestamp() => world.Now.UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new MachineTimer(this, callback, state, period, world.Now + dueTime);
        _timers.Add(timer);
        return timer;
    }

    /// <summary>The process ended: its timers are gone.</summary>
    public void Clear() => _timers.Clear();

    /// <returns>True when any was due; all of those have fired.</returns>
    public bool FireDue()
    {
        var due = _timers.Where(timer => timer.DueAt <= world.Now).ToArray();
        foreach (var timer in due)
        {
            timer.DueAt = world.Now + timer.Period;
            timer.Fire();
        }

        return due.Length > 0;
    }

    private sealed class MachineTimer(MachineTime owner, TimerCallback callback, object? state, TimeSpan period, DateTimeOffset dueAt) : ITimer
    {
        public TimeSpan Period => period;

        public DateTimeOffset DueAt { get; set; } = dueAt;

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod) => throw new NotSupportedException("no service changes a timer");

        public void Dispose() => owner._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
