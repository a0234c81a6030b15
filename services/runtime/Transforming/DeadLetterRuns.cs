using Pipeline.Runtime.Log;

namespace Pipeline.Runtime.Transforming;

/// <summary>Counts dead letters in a row per partition, across batches, in the order the records were read.</summary>
internal sealed class DeadLetterRuns(int limit)
{
    private readonly Dictionary<TopicPartition, int> _runs = [];
    private readonly Dictionary<TopicPartition, int> _proposed = [];

    /// <summary>Looks at a decision that is not committed yet.</summary>
    /// <returns>The record with which a run becomes longer than the limit; null when none does.</returns>
    public LogRecord? Propose(RecordBatch batch, IReadOnlyList<DeadLetter> deadLetters)
    {
        _proposed.Clear();
        if (deadLetters.Count == 0 && _runs.Count == 0) return null;

        var dead = new HashSet<LogRecord>(ReferenceEqualityComparer.Instance);
        foreach (var deadLetter in deadLetters) dead.Add(deadLetter.Source);
        foreach (var record in batch.Records)
        {
            if (!_proposed.TryGetValue(record.Source, out var run)) _runs.TryGetValue(record.Source, out run);
            run = dead.Contains(record) ? run + 1 : 0;
            _proposed[record.Source] = run;
            if (run > limit) return record;
        }

        return null;
    }

    /// <summary>The decision last proposed was committed.</summary>
    public void Accept()
    {
        foreach (var (partition, run) in _proposed)
        {
            if (run == 0) _runs.Remove(partition);
            else _runs[partition] = run;
        }
    }

    public void Forget(IReadOnlyList<TopicPartition> partitions)
    {
        foreach (var partition in partitions) _runs.Remove(partition);
    }
}
