using Microsoft.Extensions.Logging;

namespace Pipeline.Runtime.Log.Embedded;

/// <summary>A member of a group. Assignment and revocation happen inside <see cref="Read"/> and <see cref="Hold"/> only, on the reader's thread.</summary>
internal sealed partial class EmbeddedReader : ILogReader
{
    private readonly EmbeddedLog _log;
    private readonly ReaderOptions _options;
    private readonly ILogger _logger;
    private readonly GroupMember _member;
    private readonly FrameReading _reading;

    // The reader's thread only.
    private Assignment? _assignment;
    private EmbeddedMembership? _membership;
    private List<PartitionReading>? _partitions;
    private bool _isDisposed;

    public EmbeddedReader(EmbeddedLog log, ReaderOptions options, ILogger logger)
    {
        (_log, _options, _logger) = (log, options, logger);
        _reading = new FrameReading(log);
        _member = new GroupMember(options.Topics, new ManualResetEventSlim(false, 0));
        log.Join(options.Group, _member);
    }

    public IReadOnlyList<StoppedPartition> Stopped { get; private set; } = [];

    public RecordBatch Read(int maxRecords, int maxBytes, TimeSpan maxWait, CancellationToken stop)
    {
        var batch = ReadWait.Until(_log, _member.Signal, maxWait, stop, () => Take(maxRecords, maxBytes));
        return batch.IsEmpty && _membership is not null ? batch with { Membership = _membership } : batch;
    }

    public bool Rewind()
    {
        if (_log.IsClosed) return false;
        if (_assignment is not null) _partitions = Seek(_assignment.Partitions);
        return _assignment is null || _partitions is not null;
    }

    public void Hold(TimeSpan wait, CancellationToken stop)
    {
        var began = _log.Time.GetTimestamp();
        while (!stop.IsCancellationRequested && !_log.IsClosed)
        {
            _member.Signal.Reset();
            Owns();
            var left = wait - _log.Time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero || !ReadWait.Wait(_member.Signal, left, stop)) return;
        }
    }

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        GiveUp();
        _log.Leave(_options.Group, _member);
    }

    private RecordBatch Take(int maxRecords, int maxBytes)
    {
        if (!Owns()) return RecordBatch.Empty;
        var batch = _reading.Read(_partitions!, maxRecords, maxBytes, _membership);
        if (batch.IsEmpty && _reading.Fault is { } fault && Stopped.Count < _assignment!.Partitions.Count) Stopped = FrameReading.StoppedBy(fault, _partitions!);
        return batch;
    }

    /// <summary>Follows the group: gives up what a new generation takes away, takes what it gives.</summary>
    private bool Owns()
    {
        var owned = _log.Owned(_options.Group, _member, _assignment, out var mustGiveUp);
        if (mustGiveUp)
        {
            GiveUp();
            owned = _log.Owned(_options.Group, _member, null, out _);
        }

        if (owned is null) return false;
        if (!ReferenceEquals(owned, _assignment))
        {
            _assignment = owned;
            _membership = new EmbeddedMembership(_member, owned);
            _partitions = Seek(owned.Partitions);
            if (owned.Partitions.Count > 0) _options.Assigned?.Invoke(owned.Partitions);
        }

        return (_partitions ??= Seek(owned.Partitions)) is not null;
    }

    private void GiveUp()
    {
        if (_assignment is not { } given) return;
        (_assignment, _membership, _partitions) = (null, null, null);
        Stopped = [];
        if (given.Partitions.Count > 0) _options.Revoked?.Invoke(given.Partitions);
    }

    /// <summary>Goes to the committed positions, and nowhere else.</summary>
    /// <returns>Null when what was decided for missing ones cannot be stored now.</returns>
    private List<PartitionReading>? Seek(IReadOnlyList<TopicPartition> partitions)
    {
        var found = new List<PartitionReading>();
        var stopped = new List<StoppedPartition>();
        var decided = new Dictionary<TopicPartition, long>();
        foreach (var partition in partitions)
        {
            var (position, bounds) = _log.Under(state => (state.Position(_options.Group, partition), Bounds(state, partition)));
            if (position is { } known && known >= bounds.Start && known <= bounds.End) found.Add(new PartitionReading(partition, known));
            else if (Decide(partition, position, bounds, stopped) is { } chosen)
            {
                decided[partition] = chosen;
                found.Add(new PartitionReading(partition, chosen));
            }
        }

        Stopped = stopped;
        return _log.StorePositions(_options.Group, decided) ? found : null;
    }

    /// <returns>Where to read from; null = the partition stops.</returns>
    private long? Decide(TopicPartition partition, long? position, PartitionBounds bounds, List<StoppedPartition> stopped)
    {
        var (start, end) = (bounds.Start, bounds.End);
        // A partition that has never held a record has only one possible position.
        if (position is null && start == 0 && end == 0) return 0;
        long? lost = position is { } known ? (known < start ? start - known : known - end) : null;
        if (_options.StartFrom is { } from)
        {
            var chosen = from == StartFrom.Earliest ? start : end;
            PositionChosen(_logger, _options.Group, partition.Topic, partition.Partition, position, chosen, lost);
            return chosen;
        }

        var reason = position is null
            ? $"group {_options.Group} has no committed position on {partition}, which holds offsets {start} to {end}; start with --start-from earliest or latest"
            : $"position {position} of group {_options.Group} on {partition} is out of range: it holds offsets {start} to {end}, {lost} records can no longer be read; start with --start-from earliest or latest to go on without them";
        stopped.Add(new StoppedPartition(partition, lost, reason));
        PartitionStopped(_logger, partition.Topic, partition.Partition, reason);
        return null;
    }

    private static PartitionBounds Bounds(LogState state, TopicPartition partition) =>
        state.Partition(partition) is { } log ? new PartitionBounds(log.Start, log.End) : new PartitionBounds(0, 0);

    [LoggerMessage(80, LogLevel.Error, "PartitionStopped {Topic}[{Partition}]: {Reason}", EventName = "PartitionStopped")]
    private static partial void PartitionStopped(ILogger logger, string topic, int partition, string reason);

    [LoggerMessage(81, LogLevel.Warning, "PositionChosen {Group} {Topic}[{Partition}]: from {From} to {To}, {Lost} records can no longer be read", EventName = "PositionChosen")]
    private static partial void PositionChosen(ILogger logger, string group, string topic, int partition, long? from, long to, long? lost);
}
