namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>
/// Remembers which upstream and model refused `stream_options`, so that only one call an hour is tried in vain. Bounded: past
/// <see cref="MaxEntries"/> the one that expires first is forgotten.
/// </summary>
internal sealed class InjectionRefusals(TimeProvider time)
{
    public const int MaxEntries = 1024;
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Upstream, string? Model), long> _refusedAt = [];

    /// <summary>Entries in the order of being remembered, which is the order of expiring; renewed ones stand twice, the old place is skipped.</summary>
    private readonly Queue<((string, string?) Key, long At)> _order = new();

    public int Count
    {
        get { lock (_gate) return _refusedAt.Count; }
    }

    public void Remember(string upstream, string? model)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            _refusedAt[(upstream, model)] = now;
            _order.Enqueue(((upstream, model), now));
            while (_order.Count > MaxEntries || (_order.TryPeek(out var first) && time.GetElapsedTime(first.At, now) >= Lifetime))
            {
                var (key, at) = _order.Dequeue();
                if (_refusedAt.TryGetValue(key, out var last) && last == at) _refusedAt.Remove(key);
            }
        }
    }

    public bool WasRefused(string upstream, string? model)
    {
        if (_refusedAt.Count == 0) return false;
        lock (_gate) return _refusedAt.TryGetValue((upstream, model), out var at) && time.GetElapsedTime(at) < Lifetime;
    }
}
