using Pipeline.Runtime.Log;

namespace Pipeline.Runtime.Transforming;

/// <summary>
/// A stateful step's partitions, from assigned over restored to revoked, with the position up to which each is decided. The
/// loop's thread only.
/// </summary>
internal sealed class StepMemory(IStatefulTransform transform, ILog log, TransformOptions options)
{
    private readonly HashSet<TopicPartition> _owned = [];
    private readonly HashSet<TopicPartition> _unrestored = [];

    /// <summary>Committed positions of the partitions that are restored and not stopped.</summary>
    private readonly Dictionary<TopicPartition, long> _positions = [];

    private RestoreRequest? _request;

    public IReadOnlyList<StoppedPartition> Stopped => transform.Stopped;

    public bool IsRestored => _unrestored.Count == 0;

    public void Assigned(IReadOnlyList<TopicPartition> partitions)
    {
        _owned.UnionWith(partitions);
        _unrestored.UnionWith(partitions);
        _request = null;
    }

    public void Revoked(IReadOnlyList<TopicPartition> partitions)
    {
        _owned.ExceptWith(partitions);
        _unrestored.ExceptWith(partitions);
        foreach (var partition in partitions) _positions.Remove(partition);
        _request = null;
        transform.Revoked(partitions);
    }

    /// <summary>Nobody knows whether the last transaction was written: everything is read again.</summary>
    public void Doubt()
    {
        if (_owned.Count == 0) return;
        transform.Revoked([.. _owned]);
        _positions.Clear();
        _unrestored.UnionWith(_owned);
        _request = null;
    }

    public RestoreOutcome Restore(CancellationToken stop)
    {
        if (_request is null)
        {
            // The position first: what is then read of the state cannot be older than it.
            if (ReadPositions() is not { } positions) return RestoreOutcome.Waiting;
            _request = new RestoreRequest(positions, options.StartFrom);
        }

        var outcome = transform.Restore(_request, stop);
        if (outcome != RestoreOutcome.Restored) return outcome;
        foreach (var (partition, position) in _request.Positions)
            if (!IsStopped(partition)) _positions[partition] = position;
        _unrestored.Clear();
        _request = null;
        return RestoreOutcome.Restored;
    }

    /// <summary>A batch without records, for what is due: it stores the positions that are stored already.</summary>
    /// <returns>Null when nothing is due, or when no membership proves that the partitions are ours.</returns>
    public RecordBatch? FindDue(object? membership, DateTimeOffset now, CancellationToken stop) =>
        membership is not null && _positions.Count > 0 && transform.FindDue(now, stop)
            ? new RecordBatch([], new Dictionary<TopicPartition, long>(_positions), membership) : null;

    /// <summary>The batch without stopped partitions: neither their records nor their positions.</summary>
    public RecordBatch Readable(RecordBatch batch) => transform.Stopped.Count == 0 ? batch : batch with
    {
        Records = [.. batch.Records.Where(record => !IsStopped(record.Source))],
        Next = batch.Next.Where(next => !IsStopped(next.Key)).ToDictionary(),
    };

    public void Committed(RecordBatch batch)
    {
        foreach (var (partition, next) in batch.Next) _positions[partition] = next;
        transform.Committed();
    }

    private bool IsStopped(TopicPartition partition) => transform.Stopped.Any(stopped => stopped.Partition == partition);

    /// <returns>Null when the log does not say.</returns>
    private Dictionary<TopicPartition, long>? ReadPositions()
    {
        var positions = new Dictionary<TopicPartition, long>();
        foreach (var partition in _unrestored)
        {
            var read = log.ReadPosition(options.Group, partition);
            if (!read.IsKnown) return null;
            if (read.Next is { } next) positions[partition] = next;
            else if (log.ReadBounds(partition) is not { } bounds) return null;
            // Without a position and with records the reader has stopped it; without records there is only one.
            else if (bounds is { Start: 0, End: 0 }) positions[partition] = 0;
        }

        return positions;
    }
}
