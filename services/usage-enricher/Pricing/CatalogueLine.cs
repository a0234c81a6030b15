using System.Globalization;
using System.Text.Json;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Pricing;

/// <summary>What the lines of the catalogue's files say.</summary>
internal static class CatalogueLine
{
    public static string ToCatalogueId(this DataLine line) => line.Read(json => $"{DataLine.Text(json, "catalogue")}-{DataLine.Text(json, "release")}");

    public static PricedUnit ToUnit(this DataLine line, int index) => line.Read(json => new PricedUnit(
        index, DataLine.Text(json, "name"), DataLine.Text(json, "price_key"), Per(json.GetProperty("per").GetInt64()), Texts(json.GetProperty("dimensions"))));

    private static long Per(long per) => per > 0 ? per : throw new FormatException("per is above 0");

    public static CatalogueProvider ToProvider(this DataLine line, Func<string, IReadOnlyList<CatalogueModel>> readModels) => line.Read(json =>
    {
        var id = DataLine.Text(json, "id");
        return new CatalogueProvider(
            id,
            DataLine.Text(json, "api_pattern"),
            json.TryGetProperty("answers_to", out var name) ? ToMatch(name) : null,
            json.TryGetProperty("sells_models", out var models) ? ToMatch(models) : null,
            json.TryGetProperty("fallbacks", out var others) ? [.. others.EnumerateArray().Select(DataLine.Text)] : [],
            () => readModels(id));
    });

    public static CatalogueModel ToModel(this DataLine line, UnitRegistry units) =>
        line.Read(json => ToModel(json, units, DataLine.Text(json, "id"), ToMatch(json.GetProperty("match"))));

    public static CatalogueModel ToModel(JsonElement json, UnitRegistry units, string id, NameMatch match) => new(
        units,
        id,
        match,
        [.. json.GetProperty("prices").EnumerateArray().Select(dated => new DatedRates(ToPeriod(dated), ToRates(units, dated)))],
        json.TryGetProperty("variants", out var variants) ? [.. variants.EnumerateArray().Select(v => ToVariant(units, v))] : []);

    private static PriceVariant ToVariant(UnitRegistry units, JsonElement json) =>
        new(Texts(json.GetProperty("when")), ToPeriod(json), ToRates(units, json));

    public static EffectivePeriod ToPeriod(JsonElement json)
    {
        DateOnly? from = json.TryGetProperty("from", out var day)
            ? DateOnly.ParseExact(DataLine.Text(day), "yyyy-MM-dd", CultureInfo.InvariantCulture)
            : null;
        int[]? days = json.TryGetProperty("days", out var listed) ? [.. listed.EnumerateArray().Select(static day => day.GetInt32())] : null;
        if (days is not null && days.Any(static day => day is < 1 or > 7)) throw new FormatException("days are 1 (Monday) to 7");
        if (json.TryGetProperty("daily", out var daily)) return new EffectivePeriod(from, ToTime(daily[0]), ToTime(daily[1]), days);
        return from is null && days is null ? EffectivePeriod.Always : new EffectivePeriod(from, null, null, days);
    }

    private static TimeSpan ToTime(JsonElement json) => TimeSpan.ParseExact(DataLine.Text(json), @"hh\:mm\:ss", CultureInfo.InvariantCulture);

    public static Dictionary<string, Rate> ToRates(UnitRegistry units, JsonElement json)
    {
        var rates = new Dictionary<string, Rate>(StringComparer.Ordinal);
        foreach (var rate in json.GetProperty("rates").EnumerateObject())
        {
            if (units.ByPriceKey(rate.Name) is null) throw new FormatException($"no unit has the price key {rate.Name}");
            rates.Add(rate.Name, ToRate(rate.Value));
        }

        return rates;
    }

    private static Rate ToRate(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Number) return new Rate(ToPrice(json));

        var tiers = json.GetProperty("tiers").EnumerateArray()
            .Select(tier => new RateTier(tier.GetProperty("over").GetInt64(), ToPrice(tier.GetProperty("price"))))
            .OrderBy(tier => tier.Over);
        return new Rate(ToPrice(json.GetProperty("base")), [.. tiers]);
    }

    private static decimal ToPrice(JsonElement json)
    {
        var price = json.GetDecimal();
        return price is >= 0 and <= Rate.MaxPrice ? price : throw new FormatException($"a price is 0 to {Rate.MaxPrice}, not {price}");
    }

    public static NameMatch ToMatch(JsonElement json)
    {
        var clause = json.EnumerateObject().Single();
        return clause.Name switch
        {
            "equals" => new NameMatch.Exactly(DataLine.Text(clause.Value)),
            "starts_with" => new NameMatch.Starting(DataLine.Text(clause.Value)),
            "ends_with" => new NameMatch.Ending(DataLine.Text(clause.Value)),
            "contains" => new NameMatch.Containing(DataLine.Text(clause.Value)),
            "regex" => new NameMatch.Matching(DataLine.Text(clause.Value)),
            "or" => new NameMatch.AnyOf([.. clause.Value.EnumerateArray().Select(ToMatch)]),
            "and" => new NameMatch.AllOf([.. clause.Value.EnumerateArray().Select(ToMatch)]),
            _ => throw new FormatException($"unknown match {clause.Name}"),
        };
    }

    public static Dictionary<string, string> Texts(JsonElement json) =>
        json.EnumerateObject().ToDictionary(member => member.Name, member => DataLine.Text(member.Value), StringComparer.Ordinal);
}
