using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Routing;

/// <summary>Reads the routes of assigned partitions from llm-budget-routes.</summary>
internal sealed class RoutesRestore(ILog log, SchemaCatalog schemas) : IDisposable
{
    private static readonly TopicPartition Routes = new(Topics.BudgetRoutes, 0);

    private readonly RecordReader<BudgetRoute> _reader = new(schemas);
    private readonly Dictionary<(string Definition, int Partition), BudgetRoute> _restored = [];
    private RestoreRequest? _request;
    private CommittedRead? _read;

    public RestoreOutcome Continue(RestoreRequest request, CancellationToken stop)
    {
        if (!ReferenceEquals(request, _request)) Abandon();
        if (_read is null)
        {
            if (!schemas.Prepare(stop) || CommittedRead.Begin(log, [Routes]) is not { } begun) return RestoreOutcome.Waiting;
            (_read, _request) = (begun, request);
        }

        if (_read.TakeMore(schemas, Take, stop) is { } outcome) return outcome;
        Abandon();
        return RestoreOutcome.Progressed;
    }

    /// <summary>Hands the books over once all is restored.</summary>
    public void Take(IReadOnlyList<RoutedBudget> budgets, Dictionary<TopicPartition, RouteBook> books)
    {
        foreach (var partition in _request!.Positions.Keys) books[partition] = new RouteBook(partition.Partition, budgets);
        foreach (var route in _restored.Values)
            if (books.TryGetValue(new TopicPartition(Topics.Aggregates, route.Partition), out var book) && _request.Positions.ContainsKey(new TopicPartition(Topics.Aggregates, route.Partition)))
                book.Restore(route);
        Abandon();
    }

    public void Abandon()
    {
        _read?.Dispose();
        (_read, _request) = (null, null);
        _restored.Clear();
    }

    public void Dispose()
    {
        Abandon();
        _reader.Dispose();
    }

    private void Take(LogRecord record)
    {
        var outcome = _reader.Read(record, out var route, out _);
        if (outcome != RecordReadOutcome.Ok)
        {
            throw new LoopStoppedException($"{record.Source} offset {record.Offset} cannot be read: {outcome.ToMessage()}; "
                + "what has been counted is not known without it: restore the topic");
        }

        _restored[(route!.Definition, route.Partition)] = route;
    }
}
