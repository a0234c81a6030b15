using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Routing;

/// <summary>Reads the routes of assigned partitions from llm-budget-routes.</summary>
internal sealed class RoutesRestore(ILog log, SchemaCatalog schemas) : PartitionRestore(schemas)
{
    private static readonly TopicPartition Routes = new(Topics.BudgetRoutes, 0);

    private readonly RecordReader<BudgetRoute> _reader = new(schemas);
    private readonly Dictionary<(string Definition, int Partition), BudgetRoute> _restored = [];

    /// <summary>Hands the books over once all is restored.</summary>
    public void HandOver(IReadOnlyList<RoutedBudget> budgets, Dictionary<TopicPartition, RouteBook> books)
    {
        foreach (var partition in Request!.Positions.Keys) books[partition] = new RouteBook(partition.Partition, budgets);
        foreach (var route in _restored.Values)
        {
            var partition = new TopicPartition(Topics.Aggregates, route.Partition);
            if (Request.Positions.ContainsKey(partition)) books[partition].Restore(route);
        }

        Abandon();
    }

    public override void Dispose()
    {
        base.Dispose();
        _reader.Dispose();
    }

    protected override CommittedRead? Begin(RestoreRequest request) => CommittedRead.Begin(log, [Routes]);

    protected override void Take(LogRecord record)
    {
        var outcome = _reader.Read(record, out var route, out _);
        if (outcome != RecordReadOutcome.Ok)
        {
            throw new LoopStoppedException($"{record.Source} offset {record.Offset} cannot be read: {outcome.ToMessage()}; "
                + "what has been counted is not known without it: restore the topic");
        }

        _restored[(route!.Definition, route.Partition)] = route;
    }

    protected override void Forget() => _restored.Clear();
}
