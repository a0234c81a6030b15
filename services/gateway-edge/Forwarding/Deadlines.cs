namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>
/// One sweep over all calls in flight instead of a timer each: arming a deadline is a single write, which matters for
/// streams that arm one per chunk. Deadlines are kept to <see cref="SweepInterval"/>.
/// </summary>
internal sealed class Deadlines : IDisposable
{
    public static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly List<AttemptWatch> _swept = [];
    private AttemptWatch? _first;
    private bool _isStopped;

    public Deadlines(TimeProvider time, DrainSlots drains)
    {
        _time = time;
        Drains = drains;
        _timer = time.CreateTimer(static state => ((Deadlines)state!).Sweep(), this, SweepInterval, SweepInterval);
    }

    public DrainSlots Drains { get; }

    /// <summary>The timestamp that lies this far ahead.</summary>
    public long After(TimeSpan wait) => _time.GetTimestamp() + (long)(wait.TotalSeconds * _time.TimestampFrequency);

    public void Add(AttemptWatch watch)
    {
        bool isStopped;
        lock (_gate)
        {
            watch.Previous = null;
            watch.Next = _first;
            if (_first is not null) _first.Previous = watch;
            _first = watch;
            isStopped = _isStopped;
        }

        if (isStopped) watch.Cancel(AttemptFailure.GatewayStopped);
    }

    public void Remove(AttemptWatch watch)
    {
        lock (_gate)
        {
            if (watch.Previous is not null) watch.Previous.Next = watch.Next;
            else if (_first == watch) _first = watch.Next;
            if (watch.Next is not null) watch.Next.Previous = watch.Previous;
            watch.Previous = watch.Next = null;
        }
    }

    /// <summary>Ends every call in flight, and each one that still begins.</summary>
    public void Stop()
    {
        lock (_gate) _isStopped = true;
        ForEach(static (watch, _) => watch.Cancel(AttemptFailure.GatewayStopped), 0);
    }

    public void Dispose() => _timer.Dispose();

    private void Sweep() => ForEach(static (watch, now) => watch.CheckAt(now), _time.GetTimestamp());

    private void ForEach(Action<AttemptWatch, long> act, long now)
    {
        lock (_swept)
        {
            lock (_gate)
                for (var watch = _first; watch is not null; watch = watch.Next) _swept.Add(watch);
            foreach (var watch in _swept) act(watch, now);
            _swept.Clear();
        }
    }
}

/// <summary>How many replies may be read on at a time after their callers have left.</summary>
internal sealed class DrainSlots(int count)
{
    private int _inUse;

    public int InUse => Volatile.Read(ref _inUse);

    public bool TryTake()
    {
        if (Interlocked.Increment(ref _inUse) <= count) return true;
        Interlocked.Decrement(ref _inUse);
        return false;
    }

    public void Release() => Interlocked.Decrement(ref _inUse);
}
