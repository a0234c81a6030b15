using Pipeline.Runtime.Log;

namespace Pipeline.Runtime.Transforming;

/// <summary>Measures, every few seconds on the loop's thread, how far the owned partitions are from their ends.</summary>
internal sealed class LagWatch(ILog log, TransformOptions options, TransformMetrics metrics, TimeProvider time)
{
    /// <summary>Next offset to read of each owned partition; -1 before it was seen.</summary>
    private readonly Dictionary<TopicPartition, long> _next = [];
    private long _measuredAt = time.GetTimestamp();

    public void Assigned(IReadOnlyList<TopicPartition> partitions)
    {
        foreach (var partition in partitions) _next[partition] = -1;
    }

    public void Revoked(IReadOnlyList<TopicPartition> partitions)
    {
        foreach (var partition in partitions) _next.Remove(partition);
        metrics.Revoked(partitions);
    }

    public void Seen(IReadOnlyDictionary<TopicPartition, long> next)
    {
        foreach (var (partition, offset) in next) _next[partition] = offset;
    }

    public void MeasureWhenDue()
    {
        if (time.GetElapsedTime(_measuredAt) < options.LagInterval) return;
        foreach (var partition in _next.Keys.ToArray())
        {
            // The log being away is told elsewhere; here it only means that there is nothing new to show.
            if (log.ReadBounds(partition) is not { } bounds) break;
            if (_next[partition] < 0 && log.ReadPosition(options.Group, partition) is { Next: { } committed }) _next[partition] = committed;
            if (_next[partition] >= 0) metrics.Lag(partition, Math.Max(0, bounds.End - _next[partition]));
        }

        _measuredAt = time.GetTimestamp();
    }
}
