using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas.Avro;

namespace Pipeline.AllInOne.Viewing;

/// <summary>Reads a topic from its first readable record on, for as long as the process lives.</summary>
/// <param name="apply">Told of every record, on one thread; true = it came after the start, false = it is one of the past.</param>
internal sealed partial class TopicFollower<T>(LogConnection connection, string topic, Action<T, bool> apply, ILogger logger)
    where T : class, IAvroRecord<T>
{
    private const int MaxBatchRecords = 2_000;
    private const int MaxBatchBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RetryWait = TimeSpan.FromSeconds(1);

    private volatile bool _hasCaughtUp;

    public bool HasCaughtUp => _hasCaughtUp;

    public CheckResult Check() => _hasCaughtUp ? CheckResult.Ok : CheckResult.Warning("past events are still being read: figures are not whole yet");

    /// <summary>Runs until stopped.</summary>
    public void Run(CancellationToken stop)
    {
        if (!connection.WaitUntilReady(stop) || FindStart(stop) is not { } bounds) return;
        var pending = bounds.Where(static pair => pair.Value.Start < pair.Value.End)
            .ToDictionary(static pair => pair.Key, static pair => pair.Value.End);
        _hasCaughtUp = pending.Count == 0;
        using var reader = new RecordReader<T>(connection.Schemas);
        using var cursor = connection.Log.OpenCursor(bounds.ToDictionary(static pair => pair.Key, static pair => pair.Value.Start));
        while (!stop.IsCancellationRequested)
        {
            var batch = cursor.Read(MaxBatchRecords, MaxBatchBytes, MaxWait, stop);
            while (!connection.Schemas.Resolve(batch, stop))
                if (stop.WaitHandle.WaitOne(RetryWait)) return;
            foreach (var record in batch.Records) Apply(reader, record);
            if (_hasCaughtUp) continue;
            foreach (var (partition, next) in batch.Next)
                if (pending.TryGetValue(partition, out var end) && next >= end) pending.Remove(partition);
            // An empty read with nothing new means that what is left up to the end is not committed, or markers of transactions.
            _hasCaughtUp = pending.Count == 0 || batch.IsEmpty;
        }
    }

    private void Apply(RecordReader<T> reader, LogRecord record)
    {
        var outcome = reader.Read(record, out var value, out _);
        if (outcome != RecordReadOutcome.Ok) RecordNotShown(logger, record.Source, record.Offset, outcome);
        else apply(value!, _hasCaughtUp);
    }

    private Dictionary<TopicPartition, PartitionBounds>? FindStart(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var bounds = new Dictionary<TopicPartition, PartitionBounds>();
            var count = connection.Log.PartitionCount(topic) ?? 0;
            for (var i = 0; i < count; i++)
                if (connection.Log.ReadBounds(new TopicPartition(topic, i)) is { } found) bounds[new TopicPartition(topic, i)] = found;
            if (count > 0 && bounds.Count == count) return bounds;
            stop.WaitHandle.WaitOne(RetryWait);
        }

        return null;
    }

    [LoggerMessage(60, LogLevel.Warning, "RecordNotShown {Partition} offset {Offset}: {Outcome}", EventName = "RecordNotShown")]
    private static partial void RecordNotShown(ILogger logger, TopicPartition partition, long offset, RecordReadOutcome outcome);
}
