using Pipeline.Runtime.Log;

namespace Pipeline.UsageEnricher.Repricing;

/// <summary>Reads a partition once, up to an end noted before: by position and not by record, for the last entries may be markers.</summary>
internal sealed class PartitionPass : IDisposable
{
    private const int MaxRecords = 2_000;
    private const int MaxBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(100);

    private readonly ILogReader _cursor;
    private readonly TopicPartition _partition;
    private readonly long _end;
    private RecordBatch? _untaken;

    public PartitionPass(ILog log, TopicPartition partition, long from, long end)
    {
        (_partition, Next, _end) = (partition, from, end);
        _cursor = log.OpenCursor(new Dictionary<TopicPartition, long> { [partition] = from });
    }

    /// <summary>Next offset to take.</summary>
    public long Next { get; private set; }

    public bool IsComplete => Next >= _end;

    /// <summary>Retention has deleted what was to be read next: begin anew.</summary>
    public bool IsBroken => _cursor.Stopped.Count > 0;

    /// <summary>The next committed records before the end; the same again until <see cref="Take"/>. Empty while somebody's transaction hides them.</summary>
    /// <param name="next">Where the position is once they are taken.</param>
    public IReadOnlyList<LogRecord> Read(out RecordBatch batch, out long next, CancellationToken stop)
    {
        _untaken ??= _cursor.Read(MaxRecords, MaxBytes, MaxWait, stop);
        batch = _untaken;
        if (!batch.Next.TryGetValue(_partition, out next))
        {
            next = Next;
            _untaken = null;
        }

        next = Math.Min(next, _end);
        return [.. batch.Records.Where(record => record.Offset < _end)];
    }

    public void Take(long next)
    {
        Next = next;
        _untaken = null;
    }

    public void Dispose() => _cursor.Dispose();
}
