using Pipeline.Schemas;
using Pipeline.UsageEnricher.Impacts;

namespace Pipeline.UsageEnricher.Enriching.Estimating;

/// <summary>
/// Whose electricity a call ran on: the operator's word, else the region of its upstream, else where the provider's models run by
/// default. A region that is not known gives no zone: the default would be a silent guess against what was told.
/// </summary>
internal sealed class ZoneChoice
{
    public const string FromOperator = "operator";
    public const string FromRegion = "region";
    public const string FromProvider = "provider_default";

    /// <summary>The mean of the world, for providers whose place the data does not know.</summary>
    public const string FromWorld = "world";

    private readonly ImpactData _data;
    private readonly ElectricityMix? _operatorMix;

    /// <exception cref="ArgumentException">The operator's zone is not in the data; options are checked before.</exception>
    public ZoneChoice(ImpactData data, string? operatorZone)
    {
        _data = data;
        if (operatorZone is null) return;
        _operatorMix = data.FindMix(operatorZone) ?? throw new ArgumentException($"no electricity mix for '{operatorZone}'", nameof(operatorZone));
    }

    public (ElectricityMix? Mix, string Source) Of(LLMUsageAudit call, DataCentre centre)
    {
        if (_operatorMix is not null) return (_operatorMix, FromOperator);
        if (call.Region is { } region && !CloudRegions.IsEverywhere(region))
            return (_data.FindMix(CloudRegions.ZoneOf(region) ?? region), FromRegion);
        return centre.Zone is { } zone ? (_data.FindMix(zone), FromProvider) : (_data.FindMix(ImpactData.World), FromWorld);
    }
}
