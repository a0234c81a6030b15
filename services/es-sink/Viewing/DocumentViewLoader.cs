using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;

namespace Pipeline.EsSink.Viewing;

/// <summary>
/// Rebuilds a view from the whole of `llm-usage`, before the sink goes on from its own positions. Records that both see are
/// the same event and revision, so they count once.
/// </summary>
public sealed class DocumentViewLoader(ILog log, SchemaCatalog catalog, DocumentView view)
{
    private const int MaxBatchRecords = 5_000;
    private const int MaxBatchBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(200);

    /// <summary>Reads in a row without a record, after which nothing more is taken to come.</summary>
    private const int MaxEmptyReads = 5;

    /// <summary>Reads up to where the topic ended when this began.</summary>
    /// <returns>False when log or registry are away, or <paramref name="stop"/> came first: load again.</returns>
    public bool Load(CancellationToken stop)
    {
        if (log.PartitionCount(Topics.Usage) is not { } partitions) return false;
        var starts = new Dictionary<TopicPartition, long>();
        var ends = new Dictionary<TopicPartition, long>();
        for (var i = 0; i < partitions; i++)
        {
            var partition = new TopicPartition(Topics.Usage, i);
            if (log.ReadBounds(partition) is not { } bounds) return false;
            if (bounds.Start >= bounds.End) continue;
            (starts[partition], ends[partition]) = (bounds.Start, bounds.End);
        }

        if (ends.Count == 0) return true;
        using var cursor = log.OpenCursor(starts);
        using var reader = new RecordReader<LlmUsage>(catalog);
        return ReadToEnds(cursor, reader, ends, stop);
    }

    private bool ReadToEnds(ILogReader cursor, RecordReader<LlmUsage> reader, Dictionary<TopicPartition, long> ends, CancellationToken stop)
    {
        // The end may be behind the last record: markers of transactions take offsets too.
        for (var empty = 0; ends.Count > 0 && empty < MaxEmptyReads;)
        {
            if (stop.IsCancellationRequested) return false;
            var batch = cursor.Read(MaxBatchRecords, MaxBatchBytes, MaxWait, stop);
            empty = batch.IsEmpty ? empty + 1 : 0;
            if (!batch.IsEmpty && !catalog.Resolve(batch, stop)) return false;
            foreach (var record in batch.Records)
            {
                // What cannot be read here is dead-lettered by the sink, which reads it too.
                if (reader.Read(record, out var usage, out _) == RecordReadOutcome.Ok) view.Put(usage!);
            }

            foreach (var (partition, next) in batch.Next)
                if (ends.TryGetValue(partition, out var end) && next >= end) ends.Remove(partition);
        }

        return true;
    }
}
