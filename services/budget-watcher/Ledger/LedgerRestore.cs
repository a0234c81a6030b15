using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Ledger;

/// <summary>Reads the accounts of assigned partitions from llm-budget-state.</summary>
internal sealed class LedgerRestore(ILog log, SchemaCatalog schemas, BudgetCatalog budgets)
    : StateRestore<BudgetState, PartitionBook>(log, schemas, Topics.BudgetSpend, Topics.BudgetState, "its spend would not be counted")
{
    private readonly Dictionary<string, AccountKey> _keys = new(StringComparer.Ordinal);

    protected override PartitionBook Open(int partition) => new(partition);

    protected override void Add(BudgetState state, PartitionBook book, StateExtent extent)
    {
        if (state.InstanceId.Length == 0)
        {
            book.RestoreTo(extent.IncludeAll(state.Included.Offset, state.PartitionCount), state.StreamTime ?? default);
            return;
        }

        extent.Include(state.Included.Offset, state.PartitionCount);
        var account = PeriodAccount.Restore(state, budgets.Find(state.Budget, state.InstanceId, state.Per));
        _keys[StateRecords.NameOf(account.Key)] = account.Key;
        book.Restore(account.Key, account);
    }

    protected override void Remove(string key, PartitionBook book)
    {
        if (_keys.TryGetValue(key, out var account)) book.Restore(account, null);
    }

    protected override PartitionBook Ready(PartitionBook book, long position)
    {
        book.Ready(position);
        return book;
    }

    protected override void Forget()
    {
        base.Forget();
        _keys.Clear();
    }
}
