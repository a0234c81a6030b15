using Pipeline.Runtime.Log;

namespace Pipeline.Runtime.Transforming;

/// <summary>Cuts a batch whose effects do not fit one transaction into two that are committed one after the other.</summary>
internal static class BatchSplit
{
    /// <returns>
    /// Two batches of the same generation. Each position of the first is just after its own last record, so that the second
    /// stays to be read when only the first commits.
    /// </returns>
    public static (RecordBatch First, RecordBatch Second) InHalf(RecordBatch batch)
    {
        var middle = batch.Records.Count / 2;
        var first = batch.Records.Take(middle).ToArray();
        var second = batch.Records.Skip(middle).ToArray();

        var next = new Dictionary<TopicPartition, long>();
        foreach (var record in first) next[record.Source] = record.Offset + 1;
        return (batch with { Records = first, Next = next }, batch with { Records = second });
    }
}
