using Confluent.Kafka;

namespace Pipeline.Runtime.Log.Kafka;

/// <summary>Collects what one read takes, up to its bounds.</summary>
internal sealed class Gathering
{
    private readonly Dictionary<Confluent.Kafka.TopicPartition, TopicPartition> _names = [];
    private List<LogRecord> _records = [];
    private Dictionary<TopicPartition, long> _next = [];
    private long _bytes;

    public int Records => _records.Count;

    public void Clear()
    {
        if (_records.Count > 0) _records = [];
        if (_next.Count > 0) _next = [];
        _bytes = 0;
    }

    /// <param name="poll">Waits up to the given time for one record or the end of a partition; null when nothing came.</param>
    public void Fill(Func<TimeSpan, ConsumeResult<byte[], byte[]>?> poll, int maxRecords, int maxBytes, TimeSpan maxWait, TimeProvider time, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        while (_records.Count < maxRecords && _bytes < maxBytes)
        {
            var left = maxWait - time.GetElapsedTime(began);
            if (_records.Count > 0 || left < TimeSpan.Zero) left = TimeSpan.Zero;
            var read = poll(left < KafkaBounds.PollSlice ? left : KafkaBounds.PollSlice);
            if (read is not null) Take(read);
            else if (_records.Count > 0 || left == TimeSpan.Zero || stop.IsCancellationRequested) return;
        }
    }

    public RecordBatch Hand(object? membership)
    {
        var isNothing = _records.Count == 0 && _next.Count == 0 && membership is null;
        var batch = isNothing ? RecordBatch.Empty : new RecordBatch(_records, _next, membership);
        (_records, _next, _bytes) = (new List<LogRecord>(_records.Count), [], 0);
        return batch;
    }

    private void Take(ConsumeResult<byte[], byte[]> read)
    {
        var source = NameOf(read.TopicPartition);
        if (read.IsPartitionEOF)
        {
            // Past the last record may come transaction markers and aborted records: the position goes past them too,
            // so that a drained partition has a lag of zero and a restored one its end.
            _next[source] = read.Offset.Value;
            return;
        }

        var record = read.ToRecord(source);
        _records.Add(record);
        _next[source] = record.Offset + 1;
        _bytes += record.Key.Length + record.Value.Length;
    }

    private TopicPartition NameOf(Confluent.Kafka.TopicPartition partition)
    {
        if (!_names.TryGetValue(partition, out var name)) _names[partition] = name = partition.ToOurs();
        return name;
    }
}
