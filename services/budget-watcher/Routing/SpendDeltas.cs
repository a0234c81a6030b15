using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Routing;

/// <summary>
/// Combines aggregates into one delta per budget instance and minute. Deltas add up in any order, so how records fall into batches changes
/// their number and never their sums. Not for use by two threads.
/// </summary>
internal sealed class SpendDeltas(SchemaCatalog schemas) : IDisposable
{
    /// <summary>Decimal(28,12) and (28,15) hold less than 1e16 and 1e13; a sum that would pass these is written and begun anew.</summary>
    private const decimal MaxUsd = 1e15m;
    private const decimal MaxKgco2e = 1e12m;

    private readonly RecordWriter<BudgetSpend> _writer = new(schemas);
    private readonly Dictionary<(BudgetInstance Instance, DateTimeOffset Minute), int> _open = new(InstanceAndMinute.Instance);
    private readonly List<Delta> _deltas = [];

    public int Count => _deltas.Count;

    /// <param name="isPartial">Older aggregates of the minute's period were gone when the budget was first counted.</param>
    public void Add(BudgetInstance instance, in AggregateFigures figures, TupleRoutes tuple, bool isPartial, LogRecord source)
    {
        if (!_open.TryGetValue((instance, figures.Minute), out var index) || !_deltas[index].HasRoomFor(figures))
        {
            index = _deltas.Count;
            _deltas.Add(new Delta(instance, figures.Minute));
            _open[(instance, figures.Minute)] = index;
        }

        var delta = _deltas[index];
        delta.Source = source;
        delta.IsPartial |= isPartial;
        if (tuple.IsUsd) delta.Usd += figures.NetTotal;
        if (!tuple.IsPriced) delta.Unpriced += figures.Calls;
        delta.Tokens += figures.InputTotal + figures.OutputTotal;
        delta.Requests += figures.Calls;
        delta.Kgco2e += figures.GwpMax;
    }

    /// <summary>Appends the deltas in the order of their first aggregates, and begins anew.</summary>
    public void FlushTo(StepEffects effects)
    {
        foreach (var delta in _deltas)
            effects.AppendCombined(_writer.Record(Topics.BudgetSpend, delta.Instance.Key, delta.ToRecord()));
        Clear();
    }

    public void Clear()
    {
        _open.Clear();
        _deltas.Clear();
    }

    public void Dispose() => _writer.Dispose();

    private sealed class Delta(BudgetInstance instance, DateTimeOffset minute)
    {
        public BudgetInstance Instance => instance;

        public LogRecord? Source { get; set; }

        public bool IsPartial { get; set; }

        public decimal Usd { get; set; }

        public decimal Kgco2e { get; set; }

        public long Tokens { get; set; }

        public long Requests { get; set; }

        public long Unpriced { get; set; }

        public bool HasRoomFor(in AggregateFigures figures) => Math.Abs(Usd + figures.NetTotal) <= MaxUsd && Math.Abs(Kgco2e + figures.GwpMax) <= MaxKgco2e;

        public BudgetSpend ToRecord()
        {
            var budget = instance.Of.Budget;
            var period = instance.Of.PeriodAt(minute);
            return new BudgetSpend
            {
                InstanceId = instance.Id,
                Budget = budget.Id,
                Per = instance.Per,
                Minute = minute,
                Delta = new Amounts { Usd = Usd, Tokens = Tokens, Requests = Requests, Kgco2e = Kgco2e, UnpricedRequests = Unpriced },
                Source = new RecordPosition { Topic = Source!.Source.Topic, Partition = Source.Source.Partition, Offset = Source.Offset },
                PeriodKind = budget.Period,
                TimeZone = budget.TimeZone.Id,
                PeriodStart = period.Start,
                PeriodEnd = period.End,
                PartialHistory = IsPartial,
            };
        }
    }

    /// <summary>By the instance's id: the same instance may be made twice when the cache was emptied.</summary>
    private sealed class InstanceAndMinute : IEqualityComparer<(BudgetInstance Instance, DateTimeOffset Minute)>
    {
        public static readonly InstanceAndMinute Instance = new();

        public bool Equals((BudgetInstance Instance, DateTimeOffset Minute) x, (BudgetInstance Instance, DateTimeOffset Minute) y) =>
            x.Minute == y.Minute && (ReferenceEquals(x.Instance, y.Instance) || x.Instance.Id == y.Instance.Id);

        public int GetHashCode((BudgetInstance Instance, DateTimeOffset Minute) obj) =>
            HashCode.Combine(string.GetHashCode(obj.Instance.Id, StringComparison.Ordinal), obj.Minute.UtcTicks);
    }
}
