using Pipeline.Runtime;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Booking;

/// <summary>
/// Reads the books of assigned partitions from llm-booked-responses: the committed position first (the loop), then committed records up to
/// the end that the partition has then, uncommitted ones counted, then the check that state and position belong together.
/// </summary>
internal sealed class BookingRestore(ILog log, SchemaCatalog schemas) : IDisposable
{
    private readonly RecordReader<BookedResponse> _reader = new(schemas);
    private RestoreRequest? _request;
    private CommittedRead? _read;
    private Dictionary<int, RestoredResponses> _restored = [];

    /// <summary>Partitions of both topics; 0 before the first restore.</summary>
    public int PartitionCount { get; private set; }

    public RestoreOutcome Continue(RestoreRequest request, CancellationToken stop)
    {
        if (!ReferenceEquals(request, _request)) Abandon();
        if (_read is null && !TryBegin(request, stop)) return RestoreOutcome.Waiting;
        if (_read!.TakeMore(schemas, Take, stop) is { } outcome) return outcome;
        Abandon();
        return RestoreOutcome.Progressed;
    }

    /// <summary>Hands the books over once all is restored.</summary>
    /// <returns>The partitions that must not be read.</returns>
    public IReadOnlyList<StoppedPartition> Take(Dictionary<TopicPartition, ResponseBook> books)
    {
        var stopped = new List<StoppedPartition>();
        foreach (var (partition, position) in _request!.Positions)
        {
            var restored = _restored.GetValueOrDefault(partition.Partition) ?? new RestoredResponses(partition.Partition);
            if (DeliberateFaults.Active == DeliberateFault.BookingsNotRestored) restored = new RestoredResponses(partition.Partition);
            else if (restored.Check(partition, position, _request.StartFrom, PartitionCount) is { } wrong)
            {
                stopped.Add(wrong);
                continue;
            }

            books[partition] = restored.Ready(position);
        }

        Abandon();
        return stopped;
    }

    public void Abandon()
    {
        _read?.Dispose();
        (_read, _request) = (null, null);
        _restored = [];
    }

    public void Dispose()
    {
        Abandon();
        _reader.Dispose();
    }

    private bool TryBegin(RestoreRequest request, CancellationToken stop)
    {
        if (!schemas.Prepare(stop)) return false;
        if (log.PartitionCount(Topics.UsageBackground) is not (> 0 and var calls) || log.PartitionCount(Topics.BookedResponses) is not (> 0 and var booked)) return false;
        if (calls != booked)
        {
            throw new LoopStoppedException($"{Topics.UsageBackground} has {calls} partitions and {Topics.BookedResponses} has {booked}: "
                + "they must have the same number, which never changes; make the one with fewer anew");
        }

        PartitionCount = calls;
        _read = CommittedRead.Begin(log, request.Positions.Keys.Select(static one => new TopicPartition(Topics.BookedResponses, one.Partition)));
        if (_read is null) return false;
        _request = request;
        return true;
    }

    private void Take(LogRecord record)
    {
        var partition = record.Source.Partition;
        if (!_restored.TryGetValue(partition, out var book)) _restored[partition] = book = new RestoredResponses(partition);
        if (record.Value.IsEmpty) book.Remove(record);
        else if (_reader.Read(record, out var state, out _) is var outcome && outcome != RecordReadOutcome.Ok) book.Unreadable(record, outcome);
        else book.Add(state!);
    }
}
