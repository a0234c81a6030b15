using Pipeline.Schemas;

namespace Pipeline.EsSink.Viewing;

/// <summary>
/// Sums over events: everything that is shown of them. Exact, in any order; what a revision replaced is taken out again.
/// </summary>
/// <remarks>Not safe for threads. Money is of one currency, of calls whose usage was estimated apart from the rest.</remarks>
public sealed class FigureSums
{
    /// <summary>Digits behind the point of a sum of impacts.</summary>
    private const int ImpactScale = 15;

    private readonly long[] _tokens = new long[TokenParts.Figures];
    private long[]? _estimatedTokens;
    private Dictionary<ErrorName, long>? _errors;

    public long Calls { get; private set; }

    /// <summary>Net totals of calls whose usage was measured.</summary>
    public decimal Cost { get; private set; }

    /// <summary>Net totals of calls whose usage was estimated.</summary>
    public decimal EstimatedCost { get; private set; }

    /// <summary>Calls whose cost is not known or not whole: neither priced nor free.</summary>
    public long Unpriced { get; private set; }

    /// <summary>Calls with an impact in the sums.</summary>
    public long ImpactCalls { get; private set; }

    /// <summary>kg CO2e.</summary>
    public (decimal Min, decimal Max) Gwp { get; private set; }

    /// <summary>kWh.</summary>
    public (decimal Min, decimal Max) Energy { get; private set; }

    public DurationHistogram Duration { get; } = new();

    public DurationHistogram FirstToken { get; } = new();

    /// <summary>Calls by outcome, by the number of the enum's member.</summary>
    public long[] Outcomes { get; } = new long[OutcomeSymbols.Count];

    public long[] CostStatuses { get; } = new long[CostStatusSymbols.Count];

    public long[] UsageSources { get; } = new long[UsageSourceSymbols.Count];

    public long[] UsageQualities { get; } = new long[UsageQualitySymbols.Count];

    public long[] ImpactStatuses { get; } = new long[ImpactStatusSymbols.Count];

    /// <summary>Calls that did not go well, by error type, else by outcome.</summary>
    public IEnumerable<(string Type, long Calls)> Errors => _errors?.Where(static one => one.Value > 0).Select(static one => (one.Key.Type, one.Value)) ?? [];

    public long Failed => Calls - Outcomes[(int)Outcome.Ok];

    /// <summary>Provider's totals, input and output, measured and estimated.</summary>
    public long TotalTokens => _tokens[TokenParts.InputTotal] + _tokens[TokenParts.OutputTotal]
        + Estimated(TokenParts.InputTotal) + Estimated(TokenParts.OutputTotal);

    /// <summary>Tokens of a part of the vector that were measured.</summary>
    public long Measured(int part) => _tokens[part];

    /// <summary>Tokens of a part of the vector that were estimated.</summary>
    public long Estimated(int part) => _estimatedTokens?[part] ?? 0;

    /// <param name="sign">1 adds, -1 takes out.</param>
    internal void Add(EventFigures one, int sign)
    {
        Calls += sign;
        if (one.IsEstimated) EstimatedCost += sign * (one.NetTotal ?? 0);
        else Cost += sign * (one.NetTotal ?? 0);
        if (one.IsUnpriced) Unpriced += sign;
        one.AddTokensTo(one.IsEstimated ? _estimatedTokens ??= new long[TokenParts.Figures] : _tokens, sign);
        Outcomes[(int)one.Outcome] += sign;
        CostStatuses[(int)one.CostStatus] += sign;
        UsageSources[(int)one.UsageSource] += sign;
        UsageQualities[(int)one.UsageQuality] += sign;
        ImpactStatuses[(int)one.ImpactStatus] += sign;
        Duration.Add(one.DurationSlot, sign);
        FirstToken.Add(one.FirstTokenSlot, sign);
        if (one.Error is { } error) Count(error, sign);
        if (!one.HasImpact) return;
        ImpactCalls += sign;
        Gwp = (Gwp.Min + sign * Rounded(one.GwpMin), Gwp.Max + sign * Rounded(one.GwpMax));
        Energy = (Energy.Min + sign * Rounded(one.EnergyMin), Energy.Max + sign * Rounded(one.EnergyMax));
    }

    /// <param name="isMoneyShown">False leaves money out, as of another currency: those calls are unpriced here.</param>
    internal void Add(FigureSums other, bool isMoneyShown)
    {
        Calls += other.Calls;
        Cost += isMoneyShown ? other.Cost : 0;
        EstimatedCost += isMoneyShown ? other.EstimatedCost : 0;
        Unpriced += isMoneyShown ? other.Unpriced : other.Calls;
        Add(_tokens, other._tokens);
        if (other._estimatedTokens is not null) Add(_estimatedTokens ??= new long[TokenParts.Figures], other._estimatedTokens);
        Add(Outcomes, other.Outcomes);
        Add(CostStatuses, other.CostStatuses);
        Add(UsageSources, other.UsageSources);
        Add(UsageQualities, other.UsageQualities);
        Add(ImpactStatuses, other.ImpactStatuses);
        Duration.Add(other.Duration);
        FirstToken.Add(other.FirstToken);
        if (other._errors is not null)
            foreach (var (error, calls) in other._errors) Count(error, calls);
        ImpactCalls += other.ImpactCalls;
        Gwp = (Gwp.Min + other.Gwp.Min, Gwp.Max + other.Gwp.Max);
        Energy = (Energy.Min + other.Energy.Min, Energy.Max + other.Energy.Max);
    }

    internal UsageSums ToUsageSums() => new(Calls, TotalTokens, Cost + EstimatedCost, Unpriced);

    private void Count(ErrorName error, long calls)
    {
        _errors ??= [];
        _errors[error] = _errors.GetValueOrDefault(error) + calls;
    }

    private static decimal Rounded(double figure) => Math.Round((decimal)figure, ImpactScale);

    private static void Add(long[] sums, long[] more)
    {
        for (var i = 0; i < sums.Length; i++) sums[i] += more[i];
    }
}
