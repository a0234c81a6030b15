namespace Pipeline.UsageEnricher.Pricing.Importing;

/// <summary>An entry's newest prices as one flat list, to compare two entries by.</summary>
internal static class PriceList
{
    /// <returns>By name: way of service and time of day where there is one, price key, tier.</returns>
    public static IReadOnlyDictionary<string, decimal> Of(CatalogueModel model)
    {
        var prices = new Dictionary<string, decimal>(StringComparer.Ordinal);
        // Of the same times of day the last one in the list is the newest, and the one that holds.
        foreach (var dated in model.Rates.GroupBy(static dated => Times(dated.Period)).Select(static group => group.Last()))
            Add(prices, Times(dated.Period), dated.Rates);
        // Of variants the first one that has a rate holds.
        foreach (var variant in model.Variants.Reverse())
            Add(prices, $"[{string.Join(' ', variant.When.OrderBy(static key => key.Key, StringComparer.Ordinal).Select(static key => $"{key.Key}={key.Value}"))}] ", variant.Rates);
        return prices;
    }

    private static void Add(Dictionary<string, decimal> prices, string prefix, IReadOnlyDictionary<string, Rate> rates)
    {
        foreach (var (key, rate) in rates)
        {
            prices[prefix + key] = rate.Base;
            foreach (var tier in rate.Tiers ?? []) prices[$"{prefix}{key} over {tier.Over}"] = tier.Price;
        }
    }

    private static string Times(EffectivePeriod period) =>
        (period.Days is { } days ? $"[days {string.Join(',', days)}] " : "") + (period.DailyFrom is { } from ? $"[{from:hh\\:mm}-{period.DailyTo:hh\\:mm}] " : "");
}
