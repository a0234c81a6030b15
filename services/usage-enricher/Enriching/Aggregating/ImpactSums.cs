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

    public readonly bool HasRoom => _min <= ImpactUnits.MaxSum && _max <= ImpactUnits.MaxSum;

    public void Add(ImpactRange? estimate)
    {
        if (estimate is null) return;
        _min += ImpactUnits.Of(estimate.Min);
        _max += ImpactUnits.Of(estimate.Max);
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

    public void Add(Impact impact)
    {
        if (impact.Status != ImpactStatus.Estimated) return;
        Calls++;
        _energy.Add(impact.Energy);
        _gwp.Add(impact.Gwp);
        _adpe.Add(impact.Adpe);
        _pe.Add(impact.Pe);
        _wcf.Add(impact.Wcf);
    }
}
