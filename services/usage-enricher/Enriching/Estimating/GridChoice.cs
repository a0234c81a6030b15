using Pipeline.UsageEnricher.Impacts;

namespace Pipeline.UsageEnricher.Enriching.Estimating;

/// <summary>Electricity that a call is booked on.</summary>
/// <param name="Source">One of the constants of <see cref="GridChoice"/>.</param>
/// <param name="Hour">Start of the hour that it is of; null = a yearly mean.</param>
internal readonly record struct GridUse(ElectricityMix Mix, string Source, DateTimeOffset? Hour);

/// <summary>
/// Electricity of the hour in which a call began, where the operator's file has it: of the region itself, else of its zone. What the
/// file does not tell of an hour, and hours that it does not have, are the zone's yearly mean; the event says which it was.
/// </summary>
internal sealed class GridChoice(HourlyGrid? grid)
{
    public const string Annual = "annual";
    public const string Hourly = "hourly";

    /// <summary>The file has the zone but not the hour.</summary>
    public const string HourMissing = "annual_hour_missing";

    /// <param name="region">As the call tells it; null where the zone is not from it.</param>
    /// <param name="annual">The zone's yearly mean.</param>
    /// <param name="at">Event time.</param>
    public GridUse Of(string? region, ElectricityMix annual, DateTimeOffset at)
    {
        if (grid is null) return new GridUse(annual, Annual, null);
        var hasZone = grid.Has(annual.Zone);
        if (region is not null && grid.Has(region))
        {
            if (grid.Find(region, at) is { } ofRegion) return Use(region, ofRegion, annual, at);
            hasZone = true;
        }

        if (grid.Find(annual.Zone, at) is { } ofZone) return Use(annual.Zone, ofZone, annual, at);
        return new GridUse(annual, hasZone ? HourMissing : Annual, null);
    }

    private static GridUse Use(string zone, in GridHour hour, ElectricityMix annual, DateTimeOffset at) => new(
        annual with { Zone = zone, Gwp = hour.Gwp, Adpe = hour.Adpe ?? annual.Adpe, Pe = hour.Pe ?? annual.Pe, Wue = hour.Wue ?? annual.Wue },
        Hourly,
        HourlyGrid.HourOf(at));
}
