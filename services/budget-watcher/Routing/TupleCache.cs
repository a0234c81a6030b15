using Pipeline.Schemas;
using Pipeline.Schemas.Avro;

namespace Pipeline.BudgetWatcher.Routing;

/// <summary>Which budgets an attribution tuple counts for, worked out once per tuple. Not for use by two threads.</summary>
internal sealed class TupleCache(IReadOnlyList<RoutedBudget> budgets)
{
    /// <summary>Tuples remembered; past it all are forgotten.</summary>
    private const int MaxTuples = 65_536;

    /// <summary>Instances remembered, so that tuples which differ in other dimensions share them; past it all are forgotten.</summary>
    private const int MaxInstances = 65_536;

    private readonly Dictionary<byte[], TupleRoutes> _routes = new(BytesComparer.Instance);
    private readonly Dictionary<string, BudgetInstance> _instances = new(StringComparer.Ordinal);

    /// <param name="body">The whole aggregate, for a tuple that was not seen before.</param>
    /// <returns>Null when the body is not an aggregate's.</returns>
    public TupleRoutes? Find(ReadOnlySpan<byte> tuple, ReadOnlySpan<byte> body)
    {
        var byBytes = _routes.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (byBytes.TryGetValue(tuple, out var routes)) return routes;
        if (!AvroBody.TryRead<UsageAggregate>(body, out var usage)) return null;
        if (_routes.Count >= MaxTuples) _routes.Clear();
        return byBytes[tuple] = RoutesOf(usage!);
    }

    private TupleRoutes RoutesOf(UsageAggregate usage)
    {
        var instances = new List<BudgetInstance>();
        foreach (var budget in budgets)
            if (budget.InstanceOf(usage) is { } instance) instances.Add(Shared(instance));
        return new TupleRoutes(usage.Currency, usage.CostStatus, instances);
    }

    private BudgetInstance Shared(BudgetInstance instance)
    {
        if (_instances.TryGetValue(instance.Id, out var known)) return known;
        if (_instances.Count >= MaxInstances) _instances.Clear();
        return _instances[instance.Id] = instance;
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly BytesComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] bytes) => GetHashCode(bytes.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
