using System.Globalization;
using System.Text.Json;

namespace Pipeline.UsageEnricher.Pricing;

/// <summary>One line of a catalogue file; every error names file and line.</summary>
internal readonly record struct CatalogueLine(string File, int Number, JsonElement Json)
{
    public static List<CatalogueLine> Split(string file, ReadOnlyMemory<byte> bytes)
    {
        var lines = new List<CatalogueLine>();
        while (!bytes.IsEmpty)
        {
            var end = bytes.Span.IndexOf((byte)'\n');
            var line = end < 0 ? bytes : bytes[..end];
            bytes = end < 0 ? default : bytes[(end + 1)..];
            if (!line.IsEmpty) lines.Add(Parse(file, lines.Count + 1, line));
        }

        return lines.Count > 0 ? lines : throw new CatalogueFormatException(file, 0, "the head line is missing");
    }

    private static CatalogueLine Parse(string file, int number, ReadOnlyMemory<byte> line)
    {
        try
        {
            return new CatalogueLine(file, number, JsonDocument.Parse(line).RootElement);
        }
        catch (JsonException e)
        {
            throw new CatalogueFormatException(file, number, "the line is not JSON", e);
        }
    }

    public string ToCatalogueId() => Checked(json => $"{Text(json, "catalogue")}-{Text(json, "release")}");

    public PricedUnit ToUnit(int index) => Checked(json => new PricedUnit(
        index, Text(json, "name"), Text(json, "price_key"), json.GetProperty("per").GetInt64(), Texts(json.GetProperty("dimensions"))));

    public CatalogueProvider ToProvider(Func<string, IReadOnlyList<CatalogueModel>> readModels) => Checked(json =>
    {
        var id = Text(json, "id");
        return new CatalogueProvider(
            id,
            Text(json, "api_pattern"),
            json.TryGetProperty("answers_to", out var name) ? ToMatch(name) : null,
            json.TryGetProperty("sells_models", out var models) ? ToMatch(models) : null,
            json.TryGetProperty("fallbacks", out var others) ? [.. others.EnumerateArray().Select(Text)] : [],
            () => readModels(id));
    });

    public CatalogueModel ToModel(UnitRegistry units) => Checked(json => new CatalogueModel(
        units,
        Text(json, "id"),
        ToMatch(json.GetProperty("match")),
        [.. json.GetProperty("prices").EnumerateArray().Select(dated => new DatedRates(ToPeriod(dated), ToRates(units, dated)))],
        json.TryGetProperty("variants", out var variants) ? [.. variants.EnumerateArray().Select(v => ToVariant(units, v))] : []));

    private T Checked<T>(Func<JsonElement, T> convert)
    {
        try
        {
            return convert(Json);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new CatalogueFormatException(File, Number, e.Message, e);
        }
    }

    private static PriceVariant ToVariant(UnitRegistry units, JsonElement json) =>
        new(Texts(json.GetProperty("when")), ToPeriod(json), ToRates(units, json));

    private static EffectivePeriod ToPeriod(JsonElement json)
    {
        DateOnly? from = json.TryGetProperty("from", out var day)
            ? DateOnly.ParseExact(Text(day), "yyyy-MM-dd", CultureInfo.InvariantCulture)
            : null;
        if (json.TryGetProperty("daily", out var daily)) return new EffectivePeriod(from, ToTime(daily[0]), ToTime(daily[1]));
        return from is null ? EffectivePeriod.Always : new EffectivePeriod(from, null, null);
    }

    private static TimeSpan ToTime(JsonElement json) => TimeSpan.ParseExact(Text(json), @"hh\:mm\:ss", CultureInfo.InvariantCulture);

    private static Dictionary<string, Rate> ToRates(UnitRegistry units, JsonElement json)
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

    private static NameMatch ToMatch(JsonElement json)
    {
        var clause = json.EnumerateObject().Single();
        return clause.Name switch
        {
            "equals" => new NameMatch.Exactly(Text(clause.Value)),
            "starts_with" => new NameMatch.Starting(Text(clause.Value)),
            "ends_with" => new NameMatch.Ending(Text(clause.Value)),
            "contains" => new NameMatch.Containing(Text(clause.Value)),
            "regex" => new NameMatch.Matching(Text(clause.Value)),
            "or" => new NameMatch.AnyOf([.. clause.Value.EnumerateArray().Select(ToMatch)]),
            "and" => new NameMatch.AllOf([.. clause.Value.EnumerateArray().Select(ToMatch)]),
            _ => throw new FormatException($"unknown match {clause.Name}"),
        };
    }

    private static Dictionary<string, string> Texts(JsonElement json) =>
        json.EnumerateObject().ToDictionary(member => member.Name, member => Text(member.Value), StringComparer.Ordinal);

    private static string Text(JsonElement json, string name) => Text(json.GetProperty(name));

    private static string Text(JsonElement json) => json.GetString() ?? throw new FormatException("a text is missing");
}
