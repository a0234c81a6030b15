using Pipeline.Runtime.Log;

namespace Pipeline.GatewayEdge.Spooling;

/// <summary>
/// Tells a cloned volume: whoever holds the spool's lock is the only one on this disk, so another writer with its UUID again and
/// again means a copy of the disk elsewhere.
/// </summary>
internal sealed class FenceWatch
{
    public const int MaxPerMinute = 3;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Queue<DateTimeOffset> _fenced = new();

    /// <param name="took">Of the transaction: one that timed out was ended by the log, not by another process.</param>
    /// <returns>True when the volume was cloned.</returns>
    public bool Fenced(DateTimeOffset at, TimeSpan took)
    {
        if (took >= LogTransaction.Timeout) return false;
        _fenced.Enqueue(at);
        while (_fenced.Peek() < at - Window) _fenced.Dequeue();
        return _fenced.Count > MaxPerMinute;
    }
}
