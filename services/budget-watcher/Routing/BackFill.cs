using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;

namespace Pipeline.BudgetWatcher.Routing;

/// <summary>A piece of a partition's past.</summary>
/// <param name="From">First offset that was still there.</param>
/// <param name="Next">The piece covers everything before it.</param>
/// <param name="Oldest">When the partition's oldest record was appended, if the piece begins with it; else null.</param>
internal sealed record BackFillPiece(TopicPartition Partition, long From, long Next, IReadOnlyList<LogRecord> Records, DateTimeOffset? Oldest);

/// <summary>Reads a partition again from where a gap begins, piece by piece, through a cursor that stays open between the pieces.</summary>
internal sealed class BackFill(ILog log, SchemaCatalog schemas) : IDisposable
{
    private const int MaxRecords = 5_000;
    private const int MaxBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(100);

    private ILogReader? _cursor;
    private TopicPartition _partition;
    private long _next;
    private long _start;
    private RecordBatch? _unread;

    /// <returns>Null when nothing can be read now: the log or the registry is away, or the first records are still on their way.</returns>
    public BackFillPiece? Read(TopicPartition partition, long from, CancellationToken stop)
    {
        if (_cursor is null || _partition != partition || Math.Max(from, _start) != _next)
        {
            Close();
            if (log.ReadBounds(partition) is not { } bounds) return null;
            (_partition, _start, _next) = (partition, bounds.Start, Math.Max(from, bounds.Start));
            if (bounds.Start == bounds.End) return new BackFillPiece(partition, _next, _next, [], null);
            _cursor = log.OpenCursor(new Dictionary<TopicPartition, long> { [partition] = _next });
        }

        var batch = _unread ?? _cursor.Read(MaxRecords, MaxBytes, MaxWait, stop);
        if (_cursor.Stopped.Count > 0)
        {
            // Retention went past the cursor: begin at what is there now.
            Close();
            return null;
        }

        _unread = schemas.Resolve(batch, stop) ? null : batch;
        if (_unread is not null || !batch.Next.TryGetValue(partition, out var next)) return null;
        var piece = new BackFillPiece(partition, _next, next, batch.Records, _next == _start && batch.Records.Count > 0 ? batch.Records[0].AppendedAt : null);
        _next = next;
        return piece;
    }

    public void Close()
    {
        _cursor?.Dispose();
        (_cursor, _unread) = (null, null);
    }

    public void Dispose() => Close();
}
