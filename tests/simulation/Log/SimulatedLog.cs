using Pipeline.Runtime.Log;

namespace Pipeline.Simulation.Tests.Log;

/// <summary>The third engine: one process's connection to the simulated brokers.</summary>
internal sealed class SimulatedLog(SimulatedCluster cluster, Surroundings surroundings) : ILog
{
    public SimulatedCluster Cluster => cluster;
    public Surroundings Surroundings => surroundings;

    public IReadOnlyList<string>? Provision(IReadOnlyList<TopicSpec> topics)
    {
        surroundings.Touch("provision");
        if (surroundings.IsAway) return null;
        foreach (var topic in topics) cluster.Provision(topic);
        return [];
    }

    public ILogReader OpenReader(ReaderOptions options) => new SimulatedReader(this, options);

    public ILogReader OpenCursor(IReadOnlyDictionary<TopicPartition, long> from) => new SimulatedCursor(this, from);

    public ILogWriter? OpenWriter(string transactionalId, out string? reason)
    {
        surroundings.Touch("open writer");
        reason = surroundings.IsAway ? "the log is away" : null;
        if (surroundings.IsAway) return null;
        var (producer, epoch) = cluster.Initialise(transactionalId);
        return new SimulatedWriter(this, producer, epoch);
    }

    public PositionRead ReadPosition(string group, TopicPartition partition)
    {
        surroundings.Touch("read position");
        if (surroundings.IsAway || cluster.IsUnstable(group, partition)) return new PositionRead(false, null);
        return new PositionRead(true, cluster.Group(group).Positions.TryGetValue(partition, out var next) ? next : null);
    }

    public PartitionBounds? ReadBounds(TopicPartition partition)
    {
        surroundings.Touch("read bounds");
        if (surroundings.IsAway) return null;
        return cluster.Partition(partition) is { } found ? new PartitionBounds(found.Start, found.End) : new PartitionBounds(0, 0);
    }

    public int? PartitionCount(string topic)
    {
        surroundings.Touch("partition count");
        return surroundings.IsAway ? null : cluster.Topic(topic)?.Partitions.Count ?? 0;
    }

    public void Dispose()
    {
    }
}

/// <summary>Takes committed records from partitions in turn, up to their last stable offsets.</summary>
internal sealed class PartitionReading
{
    private readonly List<(SimulatedPartition Partition, long Next)> _partitions = [];

    public void Clear() => _partitions.Clear();

    public void Add(SimulatedPartition partition, long next) => _partitions.Add((partition, next));

    public RecordBatch Take(int maxRecords, int maxBytes, object? membership)
    {
        var records = new List<LogRecord>();
        var next = new Dictionary<TopicPartition, long>();
        var bytes = 0L;
        for (var i = 0; i < _partitions.Count && records.Count < maxRecords && bytes < maxBytes; i++)
        {
            var (partition, at) = _partitions[i];
            var stable = partition.LastStableOffset;
            var (began, last) = (at, records.Count);
            for (; at < stable && records.Count < maxRecords && bytes < maxBytes; at++)
            {
                if (partition.Committed(at) is not { } record) continue;
                records.Add(record);
                bytes += record.Key.Length + record.Value.Length;
            }

            if (at == began) continue;
            _partitions[i] = (partition, at);
            next[partition.Name] = at;
        }

        // The next read begins with another partition, as a client's fetches do.
        if (_partitions.Count > 1)
        {
            _partitions.Add(_partitions[0]);
            _partitions.RemoveAt(0);
        }

        return next.Count == 0 ? RecordBatch.Empty : new RecordBatch(records, next, membership);
    }
}

/// <summary>Reads given partitions without a group.</summary>
internal sealed class SimulatedCursor : ILogReader
{
    private readonly SimulatedLog _log;
    private readonly IReadOnlyDictionary<TopicPartition, long> _from;
    private readonly PartitionReading _reading = new();

    public SimulatedCursor(SimulatedLog log, IReadOnlyDictionary<TopicPartition, long> from)
    {
        (_log, _from) = (log, from);
        Rewind();
    }

    public IReadOnlyList<StoppedPartition> Stopped => [];

    public RecordBatch Read(int maxRecords, int maxBytes, TimeSpan maxWait, CancellationToken stop)
    {
        _log.Surroundings.Touch("cursor read");
        return _log.Surroundings.IsAway || stop.IsCancellationRequested ? RecordBatch.Empty : _reading.Take(_log.Surroundings.Fetched(maxRecords), maxBytes, null);
    }

    public bool Rewind()
    {
        _reading.Clear();
        foreach (var (partition, offset) in _from)
            if (_log.Cluster.Partition(partition) is { } found) _reading.Add(found, offset);
        return true;
    }

    public void Hold(TimeSpan wait, CancellationToken stop)
    {
    }

    public void Dispose()
    {
    }
}
