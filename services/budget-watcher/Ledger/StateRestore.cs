using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Ledger;

/// <summary>
/// Reads the accounts of assigned partitions from llm-budget-state.
/// <code>
///   committed position (the loop) ──(1)──► end of the state, uncommitted records counted ──(2)──► committed records up to it ──(3)──► checks
/// </code>
/// A position is visible before somebody's open transaction lets the state that belongs to it be seen: hence the end, and not what a
/// committed reader takes for it.
/// </summary>
internal sealed class StateRestore(ILog log, SchemaCatalog schemas, BudgetCatalog budgets) : IDisposable
{
    private readonly RecordReader<BudgetState> _reader = new(schemas);
    private RestoreRequest? _request;
    private CommittedRead? _read;
    private Dictionary<int, RestoredBook> _restored = [];

    /// <summary>Partitions of spend and state; 0 before the first restore.</summary>
    public int PartitionCount { get; private set; }

    public RestoreOutcome Continue(RestoreRequest request, CancellationToken stop)
    {
        if (!ReferenceEquals(request, _request)) Abandon();
        if (_read is null && !TryBegin(request, stop)) return RestoreOutcome.Waiting;
        var outcome = _read!.TakeMore(schemas, Take, stop);                                                  // (2)
        if (outcome is null)
        {
            Abandon();
            return RestoreOutcome.Progressed;
        }

        var isFaulty = DeliberateFaults.Active == DeliberateFault.LedgerRestoredToLastStableOffset;
        return outcome == RestoreOutcome.Waiting && isFaulty ? RestoreOutcome.Restored : outcome.Value;
    }

    /// <summary>Hands the books over once all is restored.</summary>
    /// <returns>The partitions that must not be read.</returns>
    public IReadOnlyList<StoppedPartition> Take(Dictionary<TopicPartition, PartitionBook> books)
    {
        var stopped = new List<StoppedPartition>();
        foreach (var (partition, position) in _request!.Positions)
        {
            var restored = _restored.GetValueOrDefault(partition.Partition) ?? new RestoredBook(partition.Partition);
            if (restored.Check(partition, position, _request.StartFrom, PartitionCount) is { } wrong) stopped.Add(wrong);               // (3)
            else books[partition] = restored.Ready(position);
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
        if (log.PartitionCount(Topics.BudgetSpend) is not (> 0 and var spend) || log.PartitionCount(Topics.BudgetState) is not (> 0 and var state)) return false;
        if (spend != state)
        {
            throw new LoopStoppedException($"{Topics.BudgetSpend} has {spend} partitions and {Topics.BudgetState} has {state}: "
                + "they must have the same number, which never changes; make the one with fewer anew");
        }

        PartitionCount = spend;
        _read = CommittedRead.Begin(log, request.Positions.Keys.Select(static one => new TopicPartition(Topics.BudgetState, one.Partition)));    // (1)
        if (_read is null) return false;
        _request = request;
        return true;
    }

    private void Take(LogRecord record)
    {
        var partition = record.Source.Partition;
        if (!_restored.TryGetValue(partition, out var book)) _restored[partition] = book = new RestoredBook(partition);
        if (record.Value.IsEmpty) book.Remove(record);
        else if (_reader.Read(record, out var state, out _) is var outcome && outcome != RecordReadOutcome.Ok) book.Unreadable(record, outcome);
        else book.Add(state!, budgets.Find(state!.Budget, state.InstanceId, state.Per));
    }
}
