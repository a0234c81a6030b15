using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;

namespace Pipeline.UsageEnricher.Intake;

/// <summary>
/// Reads the ids of assigned partitions back from the partitions themselves: what lies before the committed position was let through.
/// <code>
///   committed position − remembered ──(1)──► keys, in order ──(2)──► committed position
/// </code>
/// So the memory needs no topic of its own, and can never differ from what was written.
/// </summary>
internal sealed class AdmittedRestore(ILog log, int remembered) : PartitionRestore(schemas: null)
{
    private Dictionary<TopicPartition, AdmittedIds> _restored = [];

    /// <summary>Hands the ids over once all is restored.</summary>
    public void HandOver(Dictionary<TopicPartition, AdmittedIds> ids)
    {
        foreach (var partition in Request!.Positions.Keys) ids[partition] = _restored.GetValueOrDefault(partition) ?? new AdmittedIds(remembered);
        Abandon();
    }

    protected override CommittedRead? Begin(RestoreRequest request)
    {
        var bounds = new Dictionary<TopicPartition, PartitionBounds>();
        foreach (var (partition, position) in request.Positions)
        {
            if (log.ReadBounds(partition) is not { } held) return null;
            var start = Math.Max(held.Start, position - remembered);                                   // (1)
            if (start < position) bounds[partition] = new PartitionBounds(start, position);
        }

        return CommittedRead.Begin(log, bounds);
    }

    protected override void Take(LogRecord record)                                                     // (2)
    {
        if (record.Offset >= Request!.Positions[record.Source] || !AdmitTransform.TryReadId(record, out var id)) return;
        if (!_restored.TryGetValue(record.Source, out var ids)) _restored[record.Source] = ids = new AdmittedIds(remembered);
        ids.Restore(id);
    }

    protected override void Forget() => _restored = [];
}
