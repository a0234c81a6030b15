using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Telemetry;

namespace Pipeline.Runtime.Transforming;

/// <summary>What one loop counts, by stage.</summary>
internal sealed class TransformMetrics(string stage)
{
    private static readonly Counter<long> RecordsRead =
        PipelineMeter.Counter("pipeline_records_read_total", "Records of committed batches, by topic.", "stage", "topic");

    private static readonly Counter<long> RecordsWritten = PipelineMeter.Counter(
        "pipeline_records_written_total", "Records of committed transactions, by topic; dead letters are counted apart.", "stage", "topic");

    private static readonly Counter<long> DeadLetters = PipelineMeter.Counter(
        "pipeline_dead_letters_total", "Dead letters committed, by the topic they came from and why.", "stage", "topic", "reason");

    private static readonly Counter<long> Transactions =
        PipelineMeter.Counter("pipeline_transactions_total", "Transactions by how they ended.", "stage", "outcome");

    private static readonly Histogram<double> BatchRecords = PipelineMeter.Histogram(
        "pipeline_batch_records", "Records of each committed batch.", [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000], "stage");

    private static readonly Histogram<double> TransactionSeconds =
        PipelineMeter.Histogram("pipeline_transaction_seconds", "Time of each transaction from begin to answer.", null, "stage", "outcome");

    private static readonly ConcurrentDictionary<(string Stage, TopicPartition Partition), long> Lags = new();
    private static readonly ConcurrentDictionary<(string Stage, TopicPartition Partition), long> StoppedPartitions = new();

    static TransformMetrics()
    {
        PipelineMeter.Gauge("pipeline_lag_records", "Records between the stage's position and the end; measured every few seconds.",
            ["stage", "topic", "partition"], static () => Observe(Lags));
        PipelineMeter.Gauge("pipeline_stopped_partitions", "1 for each partition that is not read because its position is missing or out of range.",
            ["stage", "topic", "partition"], static () => Observe(StoppedPartitions));
    }

    private readonly KeyValuePair<string, object?> _stage = new("stage", stage);

    public void Committed(RecordBatch batch, StepEffects effects)
    {
        BatchRecords.Record(batch.Records.Count, _stage);
        CountByTopic(RecordsRead, batch.Records, static record => record.Source.Topic);
        CountByTopic(RecordsWritten, effects.Records, static record => record.Topic);
        foreach (var deadLetter in effects.DeadLetters)
            DeadLetters.Add(1, _stage, new("topic", deadLetter.Source.Source.Topic), new("reason", DeadLetterRecord.NameOf(deadLetter.Reason)));
    }

    public void Ended(TransactionOutcome outcome, TimeSpan duration)
    {
        var tag = new KeyValuePair<string, object?>("outcome", outcome.ToName());
        Transactions.Add(1, _stage, tag);
        TransactionSeconds.Record(duration.TotalSeconds, _stage, tag);
    }

    public void Lag(TopicPartition partition, long records) => Lags[(stage, partition)] = records;

    public void Stopped(IReadOnlyList<StoppedPartition> stopped)
    {
        foreach (var key in StoppedPartitions.Keys)
            if (key.Stage == stage && stopped.All(one => one.Partition != key.Partition)) StoppedPartitions.TryRemove(key, out _);
        foreach (var one in stopped) StoppedPartitions[(stage, one.Partition)] = 1;
    }

    public void Revoked(IReadOnlyList<TopicPartition> partitions)
    {
        foreach (var partition in partitions) Lags.TryRemove((stage, partition), out _);
    }

    /// <summary>Neighbours mostly share a topic: one call per run, not one per record.</summary>
    private void CountByTopic<T>(Counter<long> counter, IReadOnlyList<T> records, Func<T, string> topicOf)
    {
        for (var start = 0; start < records.Count;)
        {
            var (topic, end) = (topicOf(records[start]), start + 1);
            while (end < records.Count && topicOf(records[end]) == topic) end++;
            counter.Add(end - start, _stage, new("topic", topic));
            start = end;
        }
    }

    private static IEnumerable<Measurement<double>> Observe(ConcurrentDictionary<(string Stage, TopicPartition Partition), long> values) =>
        values.Select(static value => new Measurement<double>(value.Value, new("stage", value.Key.Stage),
            new("topic", value.Key.Partition.Topic), new KeyValuePair<string, object?>("partition", value.Key.Partition.Partition)));
}
