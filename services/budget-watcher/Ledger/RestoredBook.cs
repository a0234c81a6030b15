using System.Globalization;
using System.Text;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Ledger;

/// <summary>A partition's book while it is read, and whether it fits the position.</summary>
internal sealed class RestoredBook(int partition)
{
    private readonly PartitionBook _book = new(partition);
    private readonly Dictionary<string, AccountKey> _keys = new(StringComparer.Ordinal);
    private string? _unreadable;
    private long? _next;
    private long _lastIncluded = -1;
    private int? _otherCount;
    private int _records;

    public void Add(BudgetState state, Budget? budget)
    {
        _records++;
        _otherCount = state.PartitionCount;
        if (state.InstanceId.Length == 0)
        {
            _next = state.Included.Offset + 1;
            _book.RestoreTo(_next.Value, state.StreamTime ?? default);
            return;
        }

        _lastIncluded = Math.Max(_lastIncluded, state.Included.Offset);
        var account = PeriodAccount.Restore(state, budget);
        _keys[StateRecords.NameOf(account.Key)] = account.Key;
        _book.Restore(account.Key, account);
    }

    public void Remove(LogRecord record)
    {
        if (_keys.Remove(Encoding.UTF8.GetString(record.Key.Span), out var key)) _book.Restore(key, null);
    }

    public void Unreadable(LogRecord record, RecordReadOutcome outcome) =>
        _unreadable ??= $"{record.Source} offset {record.Offset} cannot be read: {outcome.ToMessage()}";

    /// <returns>Null when the state is the one that belongs to the position, or when the operator said to go on from the position.</returns>
    public StoppedPartition? Check(TopicPartition source, long position, StartFrom? startFrom, int partitionCount)
    {
        if (_unreadable is not null) return Stop(source, _unreadable);
        if (_otherCount is { } count && count != partitionCount)
            return Stop(source, $"its state was written with {count} partitions of {source.Topic}, which now has {partitionCount}; make it anew with {count}");
        if (DeliberateFaults.Active == DeliberateFault.LedgerRestoredToLastStableOffset) return null;
        var includes = _next ?? 0;
        if (includes == position && _lastIncluded < position) return null;
        if (startFrom is not null) return null;
        var whatIsWrong = includes < position
            ? string.Create(CultureInfo.InvariantCulture, $"state of {position - includes} offsets before the position is missing")
            : "the position was set back; spend that the state includes would come again and be passed over";
        return Stop(source, $"its state includes spend up to offset {Math.Max(includes - 1, _lastIncluded)}, but the group's position is {position}: {whatIsWrong}; "
            + "restore the topic or the position, or start with --start-from earliest to go on from the position as it is");
    }

    public PartitionBook Ready(long position)
    {
        _book.Ready(position);
        return _book;
    }

    private static StoppedPartition Stop(TopicPartition source, string reason) => new(source, null, $"{source}: {reason}");
}
