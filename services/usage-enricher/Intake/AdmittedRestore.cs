using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;

namespace Pipeline.UsageEnricher.Intake;

/// <summary>
/// Reads the ids of assigned partitions back from the partitions themselves: what lies before the committed position was let through.
/// <code>
///   committed position − remembered ──(1)──► keys, in order ──(2)──► committed position
/// </code>
/// So the memory needs no topic of its own, and can never differ from what was written.
/// </summary>
internal sealed class AdmittedRestore(ILog log, int remembered) : IDisposable
{
    private const int MaxRecords = 2_000;
    private const int MaxBytes = 8 * 1024 * 1024;

    /// <summary>Reads of one piece of a restore; the group is served between two pieces.</summary>
    private const int MaxReads = 20;

    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(100);

    private RestoreRequest? _request;
    private ILogReader? _cursor;
    private Dictionary<TopicPartition, AdmittedIds> _restored = [];
    private Dictionary<TopicPartition, long> _open = [];

    public RestoreOutcome Continue(RestoreRequest request, CancellationToken stop)
    {
        if (!ReferenceEquals(request, _request)) Abandon();
        if (_request is null && !TryBegin(request)) return RestoreOutcome.Waiting;
        for (var reads = 0; reads < MaxReads && _open.Count > 0; reads++)
        {
            var batch = _cursor!.Read(MaxRecords, MaxBytes, MaxWait, stop);
            if (_cursor.Stopped.Count > 0)
            {
                // Retention passed the cursor: begin anew at what is left.
                Abandon();
                return RestoreOutcome.Progressed;
            }

            foreach (var record in batch.Records) Take(record);                                        // (2)
            foreach (var (partition, next) in batch.Next)
                if (_open.TryGetValue(partition, out var end) && next >= end) _open.Remove(partition);
            if (batch.IsEmpty && _open.Count > 0) return RestoreOutcome.Waiting;
        }

        return _open.Count == 0 ? RestoreOutcome.Restored : RestoreOutcome.Progressed;
    }

    /// <summary>Hands the ids over once all is restored.</summary>
    public void Take(Dictionary<TopicPartition, AdmittedIds> ids)
    {
        foreach (var (partition, restored) in _restored) ids[partition] = restored;
        Abandon();
    }

    public void Abandon()
    {
        _cursor?.Dispose();
        (_cursor, _request) = (null, null);
        (_restored, _open) = ([], []);
    }

    public void Dispose() => Abandon();

    private bool TryBegin(RestoreRequest request)
    {
        var from = new Dictionary<TopicPartition, long>();
        foreach (var (partition, position) in request.Positions)
        {
            if (log.ReadBounds(partition) is not { } bounds) return Fail();
            _restored[partition] = new AdmittedIds(remembered);
            var start = Math.Max(bounds.Start, position - remembered);                                 // (1)
            if (start >= position) continue;
            from[partition] = start;
            _open[partition] = position;
        }

        if (from.Count > 0) _cursor = log.OpenCursor(from);
        _request = request;
        return true;

        bool Fail()
        {
            Abandon();
            return false;
        }
    }

    private void Take(LogRecord record)
    {
        if (_request!.Positions.TryGetValue(record.Source, out var position) && record.Offset < position && AdmitTransform.TryReadId(record, out var id))
            _restored[record.Source].Restore(id);
    }
}
