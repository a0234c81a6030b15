namespace Pipeline.EsSink.Viewing;

/// <summary>Which events are wanted.</summary>
/// <param name="From">Included; null = from the oldest on.</param>
/// <param name="To">Not included.</param>
/// <param name="Tenant">Null = all; empty = calls without one.</param>
/// <param name="Team">Null = all; empty = calls without one.</param>
/// <param name="Model">The model that replied, else the one asked for. Null = all; empty = calls without one.</param>
/// <param name="Currency">Of the money; calls in another count as unpriced.</param>
public sealed record FigureQuery(DateTimeOffset? From, DateTimeOffset To, string? Tenant, string? Team, string? Model, string Currency)
{
    public bool Wants(in UsageGroupKey key) => Fits(Tenant, key.Tenant) && Fits(Team, key.Team) && Fits(Model, key.Model);

    private static bool Fits(string? wanted, string? value) => wanted is null || wanted == (value ?? "");
}

/// <summary>The answer to a <see cref="FigureQuery"/>.</summary>
/// <param name="From">Included: the wanted one, moved back to where a period begins.</param>
/// <param name="To">Not included: the wanted one, moved on to where a period ends.</param>
/// <param name="Step">Width of a period.</param>
/// <param name="Periods">One for each step, in the order of time.</param>
/// <param name="Teams">The largest cost first.</param>
/// <param name="Models">The largest cost first.</param>
/// <param name="Present">Groups of the time range, wanted or not, to choose filters from.</param>
/// <param name="OtherMoney">Net totals in other currencies.</param>
public sealed record FigureAnswer(
    DateTimeOffset From, DateTimeOffset To, TimeSpan Step, FigureSums Total, IReadOnlyList<FigureSums> Periods,
    IReadOnlyList<NamedFigures> Teams, IReadOnlyList<NamedFigures> Models, IReadOnlyCollection<UsageGroupKey> Present,
    IReadOnlyDictionary<string, decimal> OtherMoney)
{
    /// <summary>Beyond it the periods are wider.</summary>
    public const int MaxPeriods = 75;
}

/// <summary>What one team or one model spent.</summary>
/// <param name="Tenant">Null for a model, and where the team has none.</param>
/// <param name="Cost">By period, measured and estimated together.</param>
public sealed record NamedFigures(string? Tenant, string? Name, FigureSums Sums, decimal[] Cost);
