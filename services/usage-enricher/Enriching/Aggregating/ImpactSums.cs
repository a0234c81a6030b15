using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching.Estimating;
using ImpactRange = Pipeline.Schemas.Range;

namespace Pipeline.UsageEnricher.Enriching.Aggregating;

/// <summary>One criterion's estimates, lower ends and upper ends apart, in <see cref="ImpactUnits"/>.</summary>
internal struct ImpactSum
{
    private Int128 _min, _max;

    public readonly decimal Min => ImpactUnits.ToDecimal(_min);

    public readonly decimal Max => ImpactUnits.ToDecimal(_max);

    public readonly bool HasRoom => Int128.Abs(_min) <= ImpactUnits.MaxSum && Int128.Abs(_max) <= ImpactUnits.MaxSum;

    public void Add(ImpactRange? estimate, int sign)
    {
        if (estimate is null) return;
        _min += sign * ImpactUnits.Of(estimate.Min);
        _max += sign * ImpactUnits.Of(estimate.Max);
    }
}

/// <summary>Sums of the impacts that could be estimated, with how many those are.</summary>
internal struct ImpactSums
{
    private ImpactSum _energy, _gwp, _adpe, _pe, _wcf;

    public long Calls { get; private set; }
    public readonly ImpactSum Energy => _energy;
    public readonly ImpactSum Gwp => _gwp;
    public readonly ImpactSum Adpe => _adpe;
    public readonly ImpactSum Pe => _pe;
    public readonly ImpactSum Wcf => _wcf;

    /// <summary>One more estimate, however large, will still fit the wire.</summary>
    public readonly bool HasRoom => _energy.HasRoom && _gwp.HasRoom && _adpe.HasRoom && _pe.HasRoom && _wcf.HasRoom;

    /// <param name="sign">-1 takes away what was added before.</param>
    public void Add(Impact? impact, int sign)
    {
        if (impact?.Status != ImpactStatus.Estimated) return;
        Calls += sign;
        _energy.Add(impact.Energy, sign);
        _gwp.Add(impact.Gwp, sign);
        _adpe.Add(impact.Adpe, sign);
        _pe.Add(impact.Pe, sign);
        _wcf.Add(impact.Wcf, sign);
    }
}
