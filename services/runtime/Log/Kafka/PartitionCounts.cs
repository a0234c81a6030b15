using System.Collections.Concurrent;

namespace Pipeline.Runtime.Log.Kafka;

/// <summary>How many partitions each topic has, remembered for a bounded time.</summary>
internal sealed class PartitionCounts(KafkaAdmin admin, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, (int Count, long ReadAt)> _counts = new(StringComparer.Ordinal);

    /// <summary>0 when the topic does not exist; null when the log is away and nothing was remembered.</summary>
    public int? Of(string topic)
    {
        var isKnown = _counts.TryGetValue(topic, out var known);
        if (isKnown && time.GetElapsedTime(known.ReadAt) < KafkaBounds.PartitionCountAge) return known.Count;
        if (admin.Describe([topic]) is not { } found) return isKnown ? known.Count : null;
        if (!found.TryGetValue(topic, out var description)) return 0;
        _counts[topic] = (description.Partitions.Count, time.GetTimestamp());
        return description.Partitions.Count;
    }

    /// <summary>Asks again next time: the broker did not know a partition.</summary>
    public void Forget() => _counts.Clear();
}
