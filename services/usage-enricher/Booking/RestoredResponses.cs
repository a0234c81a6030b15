using System.Globalization;
using System.Text;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Booking;

/// <summary>A partition's book while it is read, and whether it fits the position.</summary>
internal sealed class RestoredResponses(int partition)
{
    private readonly ResponseBook _book = new(partition);
    private string? _unreadable;
    private long? _next;
    private long _lastIncluded = -1;
    private int? _otherCount;

    public void Add(BookedResponse state)
    {
        _otherCount = state.PartitionCount;
        if (state.EventId is not { } id)
        {
            _next = state.Included + 1;
            _book.RestoreTo(_next.Value, state.BookedAt);
            return;
        }

        _lastIncluded = Math.Max(_lastIncluded, state.Included);
        _book.Restore(state.Response, new Booking(id, state.BookedAt, state.Included));
    }

    public void Remove(LogRecord record) => _book.Restore(Encoding.UTF8.GetString(record.Key.Span), null);

    public void Unreadable(LogRecord record, RecordReadOutcome outcome) =>
        _unreadable ??= $"{record.Source} offset {record.Offset} cannot be read: {outcome.ToMessage()}";

    /// <returns>Null when the state is the one that belongs to the position, or when the operator said to go on from the position.</returns>
    public StoppedPartition? Check(TopicPartition source, long position, StartFrom? startFrom, int partitionCount)
    {
        if (_unreadable is not null) return Stop(source, _unreadable);
        if (_otherCount is { } count && count != partitionCount)
            return Stop(source, $"its state was written with {count} partitions of {source.Topic}, which now has {partitionCount}; make it anew with {count}");
        var includes = _next ?? 0;
        if ((includes == position && _lastIncluded < position) || startFrom is not null) return null;
        var whatIsWrong = includes < position
            ? string.Create(CultureInfo.InvariantCulture, $"bookings of {position - includes} offsets before the position are missing, and their responses could be charged again")
            : "the position was set back; what the state includes would come again and be passed over";
        return Stop(source, $"its state includes offsets up to {Math.Max(includes - 1, _lastIncluded)}, but the group's position is {position}: {whatIsWrong}; "
            + "restore the topic or the position, or start with --start-from earliest to go on from the position as it is");
    }

    public ResponseBook Ready(long position)
    {
        _book.Ready(position);
        return _book;
    }

    private static StoppedPartition Stop(TopicPartition source, string reason) => new(source, null, $"{source}: {reason}");
}
