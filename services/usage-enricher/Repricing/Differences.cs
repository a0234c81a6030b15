using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Repricing;

/// <summary>What differences are shown by. The model is the one that replied, else the one asked for.</summary>
internal readonly record struct DifferenceKey(string? Team, string? Model, string Currency);

/// <summary>Money of events before and after; what is not known counts as 0 and is counted beside it.</summary>
internal readonly record struct Difference(long Events, decimal ListBefore, decimal ListAfter, decimal NetBefore, decimal NetAfter, long UnknownBefore, long UnknownAfter)
{
    public static Difference operator +(in Difference one, in Difference other) => new(
        one.Events + other.Events, one.ListBefore + other.ListBefore, one.ListAfter + other.ListAfter, one.NetBefore + other.NetBefore,
        one.NetAfter + other.NetAfter, one.UnknownBefore + other.UnknownBefore, one.UnknownAfter + other.UnknownAfter);
}

/// <summary>Differences by team and model.</summary>
internal sealed class Differences
{
    /// <summary>Rows told apart; further ones are added up in one for each currency.</summary>
    public const int MaxRows = 10_000;

    public const string Others = "(others)";

    private readonly Dictionary<DifferenceKey, Difference> _rows = [];

    /// <summary>Events of the period, each at its newest revision.</summary>
    public long Looked { get; set; }

    /// <summary>Records that cannot be read: the sink has them among its dead letters.</summary>
    public long Unreadable { get; set; }

    /// <summary>Events that keep their old price because the revision would be larger than the topic takes.</summary>
    public long TooLarge { get; set; }

    public long Repriced => _rows.Values.Sum(static row => row.Events);

    public void Add(LlmUsage old, Cost cost)
    {
        var key = new DifferenceKey(old.Attribution.Team, old.ResponseModel ?? old.RequestModel, cost.Currency);
        // An amount in another currency is another kind of money: both rows show it.
        if (old.Cost.Currency == cost.Currency) Add(key, new Difference(1, old.Cost.ListTotal ?? 0, cost.ListTotal ?? 0, old.Cost.NetTotal ?? 0, cost.NetTotal ?? 0, Unknown(old.Cost), Unknown(cost)));
        else
        {
            Add(key with { Currency = old.Cost.Currency }, new Difference(0, old.Cost.ListTotal ?? 0, 0, old.Cost.NetTotal ?? 0, 0, Unknown(old.Cost), 0));
            Add(key, new Difference(1, 0, cost.ListTotal ?? 0, 0, cost.NetTotal ?? 0, 0, Unknown(cost)));
        }
    }

    public void AddRows(Differences others)
    {
        foreach (var (key, row) in others._rows) Add(key, row);
    }

    public void AddCounts(Differences others)
    {
        Looked += others.Looked;
        Unreadable += others.Unreadable;
        TooLarge += others.TooLarge;
    }

    public void Clear()
    {
        _rows.Clear();
        (Looked, Unreadable, TooLarge) = (0, 0, 0);
    }

    /// <summary>By currency, then largest change of the net total first.</summary>
    public IReadOnlyList<(DifferenceKey Key, Difference Row)> Rows =>
    [
        .. _rows.Select(static row => (row.Key, row.Value)).OrderBy(static row => row.Key.Currency, StringComparer.Ordinal)
            .ThenByDescending(static row => Math.Abs(row.Value.NetAfter - row.Value.NetBefore))
            .ThenBy(static row => row.Key.Team, StringComparer.Ordinal).ThenBy(static row => row.Key.Model, StringComparer.Ordinal),
    ];

    private void Add(DifferenceKey key, in Difference row)
    {
        if (!_rows.ContainsKey(key) && _rows.Count >= MaxRows) key = new DifferenceKey(Others, Others, key.Currency);
        _rows[key] = _rows.GetValueOrDefault(key) + row;
    }

    private static long Unknown(Cost cost) => cost.NetTotal is null ? 1 : 0;
}
