using Pipeline.Runtime.Log;

namespace Pipeline.Simulation.Tests.Log;

/// <summary>A member of a group: it joins with its first read, and rebalances happen inside <see cref="Read"/> and <see cref="Hold"/> only.</summary>
internal sealed class SimulatedReader(SimulatedLog log, ReaderOptions options) : ILogReader
{
    private readonly SimulatedCluster _cluster = log.Cluster;
    private readonly SimulatedGroup _group = log.Cluster.Group(options.Group);
    private readonly PartitionReading _reading = new();
    private readonly List<TopicPartition> _owned = [];
    private SimulatedMember? _member;
    private SimulatedMembership? _membership;

    public IReadOnlyList<StoppedPartition> Stopped { get; private set; } = [];

    public RecordBatch Read(int maxRecords, int maxBytes, TimeSpan maxWait, CancellationToken stop)
    {
        log.Surroundings.Touch("read");
        if (stop.IsCancellationRequested || log.Surroundings.IsAway || !Follow()) return RecordBatch.Empty;
        var batch = _reading.Take(log.Surroundings.Fetched(maxRecords), maxBytes, _membership);
        return batch.IsEmpty ? batch with { Membership = _membership } : batch;
    }

    public bool Rewind()
    {
        log.Surroundings.Touch("rewind");
        return !log.Surroundings.IsAway && (_membership is null || Seek(_owned));
    }

    public void Hold(TimeSpan wait, CancellationToken stop)
    {
        if (!log.Surroundings.IsAway) Follow();
    }

    public void Dispose()
    {
        if (_member is null) return;
        GiveUp();
        _group.Leave(_member, _cluster.Now);
        _member = null;
    }

    /// <summary>Follows the group.</summary>
    /// <returns>False while there is no assignment to read by.</returns>
    private bool Follow()
    {
        if (_member is null || !_group.Has(_member))
        {
            GiveUp();
            _member = new SimulatedMember(options.Topics, () => log.Surroundings.IsHeartbeating);
            _group.Join(_member, _cluster.Now);
        }

        _member.LastSeen = _cluster.Now;
        if (_group.IsPreparing && !_member.IsReady)
        {
            GiveUp();
            _member.IsReady = true;
        }

        _cluster.CompleteRebalance(_group);
        if (_group.IsPreparing) return false;
        if (_membership?.Generation == _group.Generation) return true;

        GiveUp();
        if (!Seek(_member.Assigned)) return false;
        _membership = new SimulatedMembership(options.Group, _member, _group.Generation);
        _owned.AddRange(_member.Assigned);
        if (_owned.Count > 0) options.Assigned?.Invoke([.. _owned]);
        return true;
    }

    private void GiveUp()
    {
        if (_membership is null) return;
        _membership = null;
        _reading.Clear();
        var revoked = _owned.ToArray();
        _owned.Clear();
        Stopped = [];
        if (revoked.Length > 0) options.Revoked?.Invoke(revoked);
    }

    /// <summary>Goes to the committed positions, and nowhere else.</summary>
    /// <returns>False while a transaction that would change one of them is not decided.</returns>
    private bool Seek(IReadOnlyList<TopicPartition> partitions)
    {
        foreach (var partition in partitions)
            if (_cluster.IsUnstable(options.Group, partition)) return false;
        _reading.Clear();
        var stopped = new List<StoppedPartition>();
        foreach (var name in partitions)
        {
            var partition = _cluster.Partition(name)!;
            long? position = _group.Positions.TryGetValue(name, out var known) ? known : null;
            if (position is { } next && next >= partition.Start && next <= partition.End)
            {
                _reading.Add(partition, next);
            }
            else if (Choose(partition, position) is { } chosen)
            {
                _group.Positions[name] = chosen;
                _reading.Add(partition, chosen);
            }
            else
            {
                var lost = position is { } past ? (past < partition.Start ? partition.Start - past : past - partition.End) : (long?)null;
                stopped.Add(new StoppedPartition(name, lost, $"group {options.Group} has no usable position on {name}; start with --start-from earliest or latest"));
            }
        }

        Stopped = stopped;
        return true;
    }

    private long? Choose(SimulatedPartition partition, long? position)
    {
        if (position is null && partition.End == 0) return 0;
        return options.StartFrom switch
        {
            StartFrom.Earliest => partition.Start,
            StartFrom.Latest => partition.End,
            _ => null,
        };
    }
}
