using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Routing;

/// <summary>
/// The router's core: turns aggregates into deltas of the budgets that they are in the scope of.
/// <code>
///   llm-usage-aggregates ──(1) read──► figures and tuple ──(2) match──► instances ──(3) combine──► llm-budget-spend
///          ▲       │                                                       ▲
///          │       └─ what cannot be read ──► …dead-letter                 │ (4) which budgets are counted, and from where on
///          └──(5) back-fill of new budgets ◄──── llm-budget-routes ────────┘
/// </code>
/// Guarantee: routes, deltas and position are one transaction; every aggregate before the position is counted or in a gap, for each
/// budget that ever was. Not for use by two threads.
/// </summary>
public sealed class RouterTransform : IStatefulTransform, IDisposable
{
    /// <summary>Name in dead letters, metrics and logs.</summary>
    public const string Stage = "budget-watcher-router";

    /// <summary>Routes that one decision brings in line, unless a single partition has more.</summary>
    private const int MaxAligned = 15_000;

    /// <summary>A back-fill's piece ends once it has made so many deltas.</summary>
    private const int MaxFilled = 5_000;

    private readonly IReadOnlyList<RoutedBudget> _budgets;
    private readonly RecordReader<UsageAggregate> _reader;
    private readonly RecordWriter<BudgetRoute> _routeWriter;
    private readonly TupleCache _tuples;
    private readonly SpendDeltas _deltas;
    private readonly SpendMetrics _metrics;
    private readonly RoutesRestore _restore;
    private readonly BackFill _backFill;
    private readonly Dictionary<TopicPartition, RouteBook> _books = [];
    private readonly HashSet<RouteBook> _aligned = [];
    private BackFillPiece? _piece;
    private long? _filledTo;
    private DateTimeOffset _now;

    public RouterTransform(ILog log, SchemaCatalog schemas, BudgetSet budgets, SpendMetrics metrics)
    {
        _budgets = [.. new BudgetCatalog(budgets).All.Select(static (budget, index) => new RoutedBudget(index, budget))];
        _reader = new RecordReader<UsageAggregate>(schemas);
        _routeWriter = new RecordWriter<BudgetRoute>(schemas);
        _tuples = new TupleCache(_budgets);
        _deltas = new SpendDeltas(schemas);
        _restore = new RoutesRestore(log, schemas);
        _backFill = new BackFill(log, schemas);
        _metrics = metrics;
    }

    public IReadOnlyList<StoppedPartition> Stopped => [];

    public RestoreOutcome Restore(RestoreRequest request, CancellationToken stop)
    {
        var outcome = _restore.Continue(request, stop);
        if (outcome == RestoreOutcome.Restored) _restore.HandOver(_budgets, _books);
        return outcome;
    }

    public void Revoked(IReadOnlyList<TopicPartition> partitions)
    {
        _restore.Abandon();
        _backFill.Close();
        _piece = null;
        foreach (var partition in partitions) _books.Remove(partition);
    }

    public bool FindDue(DateTimeOffset now, CancellationToken stop)
    {
        _now = now;
        foreach (var (_, book) in _books)
            if (!book.IsCurrent) return true;
        // What is left of a piece may lie behind the last gap.
        if (_piece is not null && _books.TryGetValue(_piece.Partition, out var filling) && filling.UnfilledFrom < _piece.Next) return true;
        _piece = null;
        foreach (var (partition, book) in _books)
        {
            if (book.UnfilledFrom is not { } from) continue;
            _piece = _backFill.Read(partition, from, stop);
            return _piece is not null;
        }

        _backFill.Close();
        return false;
    }

    public void BeginDecision()
    {
        foreach (var book in _books.Values) book.Void();
        _aligned.Clear();
        _deltas.Clear();
        _filledTo = null;
    }

    public void Step(RecordBatch batch, StepEffects effects)
    {
        foreach (var record in batch.Records)
        {
            var outcome = TryRead(record, out var figures, out var tuple);                                  // (1)
            if (outcome != RecordReadOutcome.Ok)
            {
                effects.Bury(record, Stage, outcome.ToReason(), outcome.ToMessage());
                continue;
            }

            _metrics.Count(record, figures, tuple!);
            var book = _books[record.Source];
            foreach (var instance in tuple!.Instances)                                                      // (2)
                if (book.Active(instance.Of) is { } route) _deltas.Add(instance, figures, tuple, figures.Minute < route.PartialUntil, record);
        }

        _deltas.FlushTo(effects);                                                                           // (3)
    }

    public void StepDue(IReadOnlyDictionary<TopicPartition, long> positions, StepEffects effects)
    {
        var changes = 0;
        foreach (var (partition, book) in _books)                                                           // (4)
        {
            if (book.IsCurrent || !positions.TryGetValue(partition, out var position)) continue;
            if (changes > 0 && changes + _budgets.Count > MaxAligned) return;
            book.Align(position, _now);
            _aligned.Add(book);
            changes += book.Decided.Count();
        }

        if (_aligned.Count == 0 && _piece is not null && _books.TryGetValue(_piece.Partition, out var filled)) Fill(filled, _piece, effects);   // (5)
    }

    public void EndDecision(IReadOnlyDictionary<TopicPartition, long> next, StepEffects effects)
    {
        foreach (var book in _books.Values)
            foreach (var route in book.Decided)
                effects.AppendCombined(_routeWriter.Record(Topics.BudgetRoutes, System.Text.Encoding.ASCII.GetBytes($"{route.Definition}/{route.Partition}"), route));
    }

    public void Committed()
    {
        foreach (var book in _books.Values) book.Commit(_aligned.Contains(book));
        if (_filledTo is { } filledTo && _piece is not null)
        {
            // What is left of the piece comes next, without being read again.
            var left = _piece.Records.SkipWhile(record => record.Offset < filledTo).ToArray();
            _piece = filledTo < _piece.Next ? _piece with { From = filledTo, Records = left, Oldest = null } : null;
        }

        _filledTo = null;
        _aligned.Clear();
    }

    public void Dispose()
    {
        _restore.Dispose();
        _backFill.Dispose();
        _deltas.Dispose();
        _routeWriter.Dispose();
        _reader.Dispose();
    }

    private void Fill(RouteBook book, BackFillPiece piece, StepEffects effects)
    {
        var unfilled = book.Unfilled.Select(one => (one.Budget, Route: RouteChanges.NoteLoss(one.Route, one.Budget, piece.From, piece.Oldest))).ToArray();
        var wanted = unfilled.ToDictionary(static one => one.Budget, static one => one.Route);
        var wantedFrom = unfilled.Min(static one => RouteChanges.WantedFrom(one.Route));
        var filledTo = piece.Next;
        foreach (var record in piece.Records)
        {
            if (_deltas.Count >= MaxFilled)
            {
                filledTo = record.Offset;
                break;
            }

            // What cannot be read was dead-lettered when it passed.
            if (record.AppendedAt < wantedFrom || TryRead(record, out var figures, out var tuple) != RecordReadOutcome.Ok) continue;
            foreach (var instance in tuple!.Instances)
                if (wanted.TryGetValue(instance.Of, out var route) && RouteChanges.IsMissing(route, record.Offset, figures.Minute))
                    _deltas.Add(instance, figures, tuple, figures.Minute < route.PartialUntil, record);
        }

        _deltas.FlushTo(effects);
        foreach (var (_, route) in unfilled) book.Decide(RouteChanges.Fill(route, filledTo));
        _filledTo = filledTo;
    }

    private RecordReadOutcome TryRead(LogRecord record, out AggregateFigures figures, out TupleRoutes? tuple)
    {
        figures = default;
        tuple = null;
        var outcome = _reader.ReadBody(record, out var body);
        if (outcome != RecordReadOutcome.Ok) return outcome;
        if (!AggregateFigures.TryRead(body.Span, out figures)) return RecordReadOutcome.Malformed;
        tuple = _tuples.Find(figures.Tuple, body.Span);
        return tuple is null ? RecordReadOutcome.Malformed : RecordReadOutcome.Ok;
    }
}
