using System.Text.Json;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Pricing.Books;

/// <summary>
/// The operator's own prices, one a line, asked before every catalogue. `provider` is the event's provider, `model` its name there;
/// `match` takes more than one name.
/// <code>
///   {"provider":"acme","model":"acme-7b","prices":[{"rates":{"input_mtok":2,"output_mtok":8}},{"from":"2026-12-01","rates":{...}}],"variants":[...]}
///   {"provider":"acme","match":{"starts_with":"acme-embed"},"prices":[...]}
///   {"provider":"azure","model":"our-chat-deployment","same_as":"openai/gpt-4o"}        the entry of the first catalogue, and how it is charged
///   {"provider":"ollama","match":{"contains":""},"free":true}                           an explicit zero for all it uses
/// </code>
/// </summary>
internal static class OverrideFile
{
    public const string CatalogueId = "overrides";

    private static readonly string[] Known = ["provider", "model", "match", "prices", "variants", "same_as", "free", "note"];

    /// <param name="bytes">May be empty.</param>
    /// <param name="first">Catalogue whose units and entries the lines refer to.</param>
    /// <returns>Null when there is no line.</returns>
    /// <exception cref="DataFormatException">A line is not what the format says.</exception>
    public static Catalogue? Read(string file, byte[] bytes, Catalogue first)
    {
        var lines = DataLine.SplitHeadless(file, bytes);
        if (lines.Count == 0) return null;
        var version = PriceBook.Hash([CatalogueId, first.Version, Convert.ToHexString(bytes)]);
        var providers = lines
            .Select(line => line.Read(json => (Provider: DataLine.Text(json, "provider").ToLowerInvariant(), Model: ToModel(json, first))))
            .GroupBy(static line => line.Provider, line => line.Model, StringComparer.Ordinal)
            .Select(static group => new CatalogueProvider(group.Key, CatalogueProvider.NoApi, null, null, [], () => [.. group]));
        return new Catalogue(CatalogueId, first.Units, [.. providers], () => version);
    }

    private static CatalogueModel ToModel(JsonElement json, Catalogue first)
    {
        foreach (var member in json.EnumerateObject())
            if (!Known.Contains(member.Name))
                throw new FormatException($"unknown member {member.Name}; an override has {string.Join(", ", Known)}");

        var named = json.TryGetProperty("model", out var name) ? DataLine.Text(name) : null;
        var match = json.TryGetProperty("match", out var given) ? CatalogueLine.ToMatch(given)
            : named is not null ? new NameMatch.Exactly(named)
            : throw new FormatException("an override needs model or match");
        var id = named ?? given.GetRawText();
        if (json.TryGetProperty("same_as", out var other)) return Alias(id, match, DataLine.Text(other), first);
        if (json.TryGetProperty("free", out var free) && free.GetBoolean())
            return new CatalogueModel(first.Units, id, match, [new DatedRates(EffectivePeriod.Always, first.Units.Units.ToDictionary(static unit => unit.PriceKey, static _ => new Rate(0)))], []);
        return json.TryGetProperty("prices", out _)
            ? CatalogueLine.ToModel(json, first.Units, id, match)
            : throw new FormatException("an override needs prices, same_as or free");
    }

    private static CatalogueModel Alias(string id, NameMatch match, string other, Catalogue first)
    {
        var slash = other.IndexOf('/');
        if (slash <= 0) throw new FormatException("same_as is provider/model");
        var answer = first.Find(other[..slash], other[(slash + 1)..]);
        var model = answer.Model ?? throw new FormatException($"{first.Id} has no entry {other}");
        return new CatalogueModel(first.Units, id, match, model.Rates, answer.IsBorrowed ? [] : model.Variants) { SameAs = answer.ChargedAs };
    }
}
