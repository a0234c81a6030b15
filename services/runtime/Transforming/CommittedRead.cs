using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;

namespace Pipeline.Runtime.Transforming;

/// <summary>
/// Reads partitions from their start up to the end that they had when the read began, uncommitted records counted: only past
/// that end is it certain that nothing committed before is still hidden behind somebody's open transaction.
/// </summary>
/// <remarks>
/// The end is passed by position and not by record: the last records may be aborted ones or markers, which are never seen.
/// </remarks>
public sealed class CommittedRead : IDisposable
{
    private const int MaxRecords = 2_000;
    private const int MaxBytes = 8 * 1024 * 1024;

    /// <summary>Reads of one piece of a restore; the group is served between two pieces.</summary>
    private const int MaxReads = 20;

    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(100);

    private readonly ILogReader _cursor;
    private readonly Dictionary<TopicPartition, long> _ends;

    /// <summary>Read and not yet taken, because the registry did not tell its schemas: the cursor has passed it.</summary>
    private RecordBatch? _untaken;

    private CommittedRead(ILogReader cursor, Dictionary<TopicPartition, long> ends) => (_cursor, _ends) = (cursor, ends);

    private static bool IsCutShort => DeliberateFaults.Active == DeliberateFault.StateRestoredToLastStableOffset;

    /// <summary>Every end is passed.</summary>
    public bool IsComplete => _ends.Count == 0;

    /// <summary>Notes the ends and opens a cursor at the starts.</summary>
    /// <returns>Null when the log is away.</returns>
    public static CommittedRead? Begin(ILog log, IEnumerable<TopicPartition> partitions)
    {
        var bounds = new Dictionary<TopicPartition, PartitionBounds>();
        foreach (var partition in partitions)
        {
            if (log.ReadBounds(partition) is not { } found) return null;
            bounds[partition] = found;
        }

        return Begin(log, bounds);
    }

    /// <summary>The same between other bounds than the partitions' own, which must be in them.</summary>
    public static CommittedRead Begin(ILog log, IReadOnlyDictionary<TopicPartition, PartitionBounds> bounds) => new(
        log.OpenCursor(bounds.ToDictionary(static one => one.Key, static one => one.Value.Start)),
        bounds.Where(static one => one.Value.End > one.Value.Start).ToDictionary(static one => one.Key, static one => one.Value.End));

    /// <summary>Takes the next records in order, as many as one piece of a restore may.</summary>
    /// <param name="schemas">Null when no record is read further than its key.</param>
    /// <param name="take">Called once for each record, with its schema known to the catalogue.</param>
    /// <returns>Null when the read cannot go on: begin anew.</returns>
    public RestoreOutcome? TakeMore(SchemaCatalog? schemas, Action<LogRecord> take, CancellationToken stop)
    {
        for (var reads = 0; reads < MaxReads; reads++)
        {
            if (IsComplete && _untaken is null) return RestoreOutcome.Restored;
            if ((_untaken ?? Read(MaxWait, stop)) is not { } batch) return null;
            _untaken = schemas is null || schemas.Resolve(batch, stop) ? null : batch;
            if (_untaken is not null) return RestoreOutcome.Waiting;
            foreach (var record in batch.Records) take(record);
            if (batch.IsEmpty && !IsComplete) return IsCutShort ? RestoreOutcome.Restored : RestoreOutcome.Waiting;
        }

        return RestoreOutcome.Progressed;
    }

    /// <returns>
    /// The next committed records, those past the ends included. Null when the read cannot go on, because its records were
    /// deleted under it: begin anew.
    /// </returns>
    public RecordBatch? Read(TimeSpan maxWait, CancellationToken stop)
    {
        var batch = _cursor.Read(MaxRecords, MaxBytes, maxWait, stop);
        if (_cursor.Stopped.Count > 0) return null;
        foreach (var (partition, next) in batch.Next)
            if (_ends.TryGetValue(partition, out var end) && next >= end) _ends.Remove(partition);
        return batch;
    }

    public void Dispose() => _cursor.Dispose();
}
