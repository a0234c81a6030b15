namespace Pipeline.Runtime.Log.Embedded;

/// <summary>Reads given partitions without a group.</summary>
internal sealed class EmbeddedCursor : ILogReader
{
    private readonly EmbeddedLog _log;
    private readonly IReadOnlyDictionary<TopicPartition, long> _from;
    private readonly ManualResetEventSlim _signal = new(false, 0);
    private readonly FrameReading _reading;
    private readonly List<PartitionReading> _partitions = [];

    public EmbeddedCursor(EmbeddedLog log, IReadOnlyDictionary<TopicPartition, long> from)
    {
        (_log, _from, _reading) = (log, from, new FrameReading(log));
        Rewind();
        log.Watch(_signal);
    }

    public IReadOnlyList<StoppedPartition> Stopped { get; private set; } = [];

    public RecordBatch Read(int maxRecords, int maxBytes, TimeSpan maxWait, CancellationToken stop) =>
        ReadWait.Until(_log, _signal, maxWait, stop, () => Take(maxRecords, maxBytes));

    public bool Rewind()
    {
        _partitions.Clear();
        var stopped = new List<StoppedPartition>();
        foreach (var (partition, offset) in _from)
        {
            var bounds = _log.ReadBounds(partition) ?? new PartitionBounds(0, 0);
            if (offset >= bounds.Start && offset <= bounds.End) _partitions.Add(new PartitionReading(partition, offset));
            else stopped.Add(new StoppedPartition(partition, Math.Max(0, bounds.Start - offset), $"offset {offset} of {partition} is out of range: it holds offsets {bounds.Start} to {bounds.End}"));
        }

        Stopped = stopped;
        return true;
    }

    public void Hold(TimeSpan wait, CancellationToken stop) => stop.WaitHandle.WaitOne(wait);

    public void Dispose() => _log.Unwatch(_signal);

    private RecordBatch Take(int maxRecords, int maxBytes)
    {
        var batch = _reading.Read(_partitions, maxRecords, maxBytes, null);
        if (batch.IsEmpty && _reading.Fault is { } fault && Stopped.Count < _from.Count) Stopped = FrameReading.StoppedBy(fault, _partitions);
        return batch;
    }
}
