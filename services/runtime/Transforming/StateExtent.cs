using System.Globalization;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;

namespace Pipeline.Runtime.Transforming;

/// <summary>
/// What the state records of one partition say that they include of its source, and whether that is what belongs to the group's
/// position. Each record includes the source up to an offset; the partition's own record, written with every position, includes all before it.
/// </summary>
public sealed class StateExtent
{
    private string? _unreadable;
    private int? _partitionCount;
    private long _lastIncluded = -1;
    private long _next;

    /// <summary>Takes a record of the state.</summary>
    /// <param name="included">Offset of the last source record in it.</param>
    public void Include(long included, int partitionCount)
    {
        _partitionCount = partitionCount;
        _lastIncluded = Math.Max(_lastIncluded, included);
    }

    /// <summary>Takes the partition's own record.</summary>
    /// <param name="included">The offset before the position that it was written with.</param>
    /// <returns>The position.</returns>
    public long IncludeAll(long included, int partitionCount)
    {
        _partitionCount = partitionCount;
        return _next = included + 1;
    }

    public void Unreadable(LogRecord record, RecordReadOutcome outcome) =>
        _unreadable ??= $"{record.Source} offset {record.Offset} cannot be read: {outcome.ToMessage()}";

    /// <param name="partitionCount">Partitions that the source has now.</param>
    /// <param name="startFrom">What the operator says; not null = go on from the position as it is.</param>
    /// <param name="ifMissing">What follows from state that is missing.</param>
    /// <returns>Null when the state belongs to the position; else what is wrong, with the remedy.</returns>
    public StoppedPartition? Check(TopicPartition source, long position, int partitionCount, StartFrom? startFrom, string ifMissing)
    {
        if (_unreadable is not null) return Stop(source, _unreadable);
        if (_partitionCount is { } count && count != partitionCount)
            return Stop(source, $"its state was written with {count} partitions of {source.Topic}, which now has {partitionCount}; make it anew with {count}");
        if (DeliberateFaults.Active == DeliberateFault.StateRestoredToLastStableOffset) return null;
        if ((_next == position && _lastIncluded < position) || startFrom is not null) return null;
        var whatIsWrong = _next < position
            ? string.Create(CultureInfo.InvariantCulture, $"state of {position - _next} offsets before the position is missing, and {ifMissing}")
            : "the position was set back; what the state includes would come again and be passed over";
        return Stop(source, $"its state includes offsets up to {Math.Max(_next - 1, _lastIncluded)}, but the group's position is {position}: {whatIsWrong}; "
            + "restore the topic or the position, or start with --start-from earliest to go on from the position as it is");
    }

    private static StoppedPartition Stop(TopicPartition source, string reason) => new(source, null, $"{source}: {reason}");
}
