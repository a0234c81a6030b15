namespace Pipeline.EsSink.Viewing;

/// <summary>Puts the sums of one slot after the other into the answer to a query.</summary>
internal sealed class FigureCollector
{
    private readonly FigureQuery _query;
    private readonly long _fromTicks;
    private readonly long _stepTicks;
    private readonly FigureSums[] _periods;
    private readonly FigureSums _total = new();
    private readonly Dictionary<(string? Tenant, string? Name), NamedFigures> _teams = [];
    private readonly Dictionary<string, NamedFigures> _models = [];
    private readonly HashSet<UsageGroupKey> _present = [];
    private readonly Dictionary<string, decimal> _otherMoney = [];

    public FigureCollector(FigureQuery query, long fromTicks, long toTicks, long stepTicks)
    {
        (_query, _fromTicks, _stepTicks) = (query, fromTicks, stepTicks);
        _periods = new FigureSums[(toTicks - fromTicks) / stepTicks];
        for (var i = 0; i < _periods.Length; i++) _periods[i] = new FigureSums();
    }

    public void Add(long slotTicks, IReadOnlyDictionary<GroupName, FigureSums> groups)
    {
        var period = (int)((slotTicks - _fromTicks) / _stepTicks);
        foreach (var (group, sums) in groups)
        {
            var key = group.Key;
            _present.Add(key);
            if (!_query.Wants(key)) continue;
            var isMoneyShown = key.Currency == _query.Currency;
            _total.Add(sums, isMoneyShown);
            _periods[period].Add(sums, isMoneyShown);
            Add(_teams, (key.Tenant, key.Team), key.Tenant, key.Team, sums, isMoneyShown, period);
            Add(_models, key.Model ?? "", null, key.Model, sums, isMoneyShown, period);
            if (!isMoneyShown) _otherMoney[key.Currency] = _otherMoney.GetValueOrDefault(key.Currency) + sums.Cost + sums.EstimatedCost;
        }
    }

    public FigureAnswer ToAnswer()
    {
        var from = new DateTimeOffset(_fromTicks, TimeSpan.Zero);
        return new FigureAnswer(from, from.AddTicks(_stepTicks * _periods.Length), TimeSpan.FromTicks(_stepTicks), _total, _periods,
            Ordered(_teams.Values), Ordered(_models.Values), _present, _otherMoney);
    }

    private void Add<TKey>(
        Dictionary<TKey, NamedFigures> all, TKey key, string? tenant, string? name, FigureSums sums, bool isMoneyShown, int period) where TKey : notnull
    {
        if (!all.TryGetValue(key, out var named)) all[key] = named = new NamedFigures(tenant, name, new FigureSums(), new decimal[_periods.Length]);
        named.Sums.Add(sums, isMoneyShown);
        if (isMoneyShown) named.Cost[period] += sums.Cost + sums.EstimatedCost;
    }

    private static List<NamedFigures> Ordered(IEnumerable<NamedFigures> all) =>
        [.. all.OrderByDescending(static one => one.Sums.Cost + one.Sums.EstimatedCost).ThenByDescending(static one => one.Sums.Calls)
            .ThenBy(static one => one.Tenant, StringComparer.Ordinal).ThenBy(static one => one.Name, StringComparer.Ordinal)];
}
