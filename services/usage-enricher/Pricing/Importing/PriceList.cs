namespace Pipeline.UsageEnricher.Pricing.Importing;

/// <summary>All prices of an entry, of every time and way of service, as one flat list, to compare two entries by.</summary>
internal static class PriceList
{
    /// <returns>By name: way of service, first day, days and time of day where there are such, price key, tier.</returns>
    public static IReadOnlyDictionary<string, decimal> Of(CatalogueModel model)
    {
        var prices = new Dictionary<string, decimal>(StringComparer.Ordinal);
        // Of the same times the last one in the list holds.
        foreach (var dated in model.Rates) Add(prices, Name(dated.Period), dated.Rates);
        // Of variants the first one that has a rate holds.
        foreach (var variant in model.Variants.Reverse()) Add(prices, Name(variant), variant.Rates);
        return prices;
    }

    /// <returns>Times and ways of service in their order, those without any rate included.</returns>
    public static IReadOnlyList<string> TimesAndVariants(CatalogueModel model) =>
        [.. model.Rates.Select(static dated => Shown(Name(dated.Period))), .. model.Variants.Select(static variant => Shown(Name(variant)))];

    private static void Add(Dictionary<string, decimal> prices, string prefix, IReadOnlyDictionary<string, Rate> rates)
    {
        foreach (var (key, rate) in rates)
        {
            prices[prefix + key] = rate.Base;
            foreach (var tier in rate.Tiers ?? []) prices[$"{prefix}{key} over {tier.Over}"] = tier.Price;
        }
    }

    private static string Name(PriceVariant variant) => $"[{Context(variant.When)}] {Name(variant.Period)}";

    /// <summary>A way of service, as `processing=batch speed=fast`.</summary>
    public static string Context(IReadOnlyDictionary<string, string> context) =>
        string.Join(' ', context.OrderBy(static key => key.Key, StringComparer.Ordinal).Select(static key => $"{key.Key}={key.Value}"));

    private static string Name(EffectivePeriod period) =>
        (period.From is { } day ? $"[from {day:yyyy-MM-dd}] " : "")
        + (period.Days is { } days ? $"[days {string.Join(',', days)}] " : "")
        + (period.DailyFrom is { } from ? $"[{from:hh\\:mm\\:ss}-{period.DailyTo:hh\\:mm\\:ss}] " : "");

    private static string Shown(string name) => name.Length == 0 ? "[always]" : name.TrimEnd();
}
