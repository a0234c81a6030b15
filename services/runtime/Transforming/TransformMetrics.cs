using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;

namespace Pipeline.Runtime.Transforming;

/// <summary>What one loop counts, on meter `pipeline`; every series has the tag `stage`.</summary>
internal sealed class TransformMetrics(string stage)
{
    private static readonly Meter Meter = new("pipeline");

    private static readonly Counter<long> RecordsRead =
        Meter.CreateCounter<long>("pipeline.records.read", "{record}", "Records of committed batches, by topic.");

    private static readonly Counter<long> RecordsWritten =
        Meter.CreateCounter<long>("pipeline.records.written", "{record}", "Records of committed transactions, by topic; dead letters are counted apart.");

    private static readonly Counter<long> DeadLetters =
        Meter.CreateCounter<long>("pipeline.dead_letters", "{record}", "Dead letters committed, by topic they came from and reason.");

    private static readonly Counter<long> Transactions =
        Meter.CreateCounter<long>("pipeline.transactions", "{transaction}", "Transactions by outcome.");

    private static readonly Histogram<int> BatchRecords =
        Meter.CreateHistogram<int>("pipeline.batch.records", "{record}", "Records of each committed batch.");

    private static readonly Histogram<double> TransactionDuration =
        Meter.CreateHistogram<double>("pipeline.transaction.duration", "s", "Time of each transaction from begin to answer, by outcome.");

    private static readonly ConcurrentDictionary<(string Stage, TopicPartition Partition), long> Lags = new();
    private static readonly ConcurrentDictionary<(string Stage, TopicPartition Partition), long> StoppedPartitions = new();

    static TransformMetrics()
    {
        Meter.CreateObservableGauge("pipeline.lag", static () => Observe(Lags), "{record}", "Records between the stage's position and the end, by partition; measured every few seconds.");
        Meter.CreateObservableGauge("pipeline.partition.stopped", static () => Observe(StoppedPartitions), "{partition}",
            "1 for each partition that is not read because its position is missing or out of range.");
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
        var tag = new KeyValuePair<string, object?>("outcome", NameOf(outcome));
        Transactions.Add(1, _stage, tag);
        TransactionDuration.Record(duration.TotalSeconds, _stage, tag);
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

    private static string NameOf(TransactionOutcome outcome) => outcome switch
    {
        TransactionOutcome.Committed => "committed",
        TransactionOutcome.Aborted => "aborted",
        TransactionOutcome.Refused => "refused",
        TransactionOutcome.Fenced => "fenced",
        _ => "unknown",
    };

    private static IEnumerable<Measurement<long>> Observe(ConcurrentDictionary<(string Stage, TopicPartition Partition), long> values) =>
        values.Select(static value => new Measurement<long>(value.Value, new("stage", value.Key.Stage),
            new("topic", value.Key.Partition.Topic), new KeyValuePair<string, object?>("partition", value.Key.Partition.Partition)));
}
