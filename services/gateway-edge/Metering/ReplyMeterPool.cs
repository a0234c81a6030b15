using System.Collections.Concurrent;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>Keeps meters for the next replies; thread-safe.</summary>
internal sealed class ReplyMeterPool
{
    /// <summary>Idle meters kept; one is about 20 KiB.</summary>
    public const int MaxIdle = 256;

    private readonly ConcurrentQueue<ReplyMeter> _idle = new();
    private int _idleCount;

    public ReplyMeter Rent()
    {
        if (!_idle.TryDequeue(out var meter))
            return new ReplyMeter();

        Interlocked.Decrement(ref _idleCount);
        return meter;
    }

    /// <param name="meter">Its reply is over; the caller must not touch it again.</param>
    public void Return(ReplyMeter meter)
    {
        if (Interlocked.Increment(ref _idleCount) <= MaxIdle)
            _idle.Enqueue(meter);
        else
            Interlocked.Decrement(ref _idleCount);
    }
}
