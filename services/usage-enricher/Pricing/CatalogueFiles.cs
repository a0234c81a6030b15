using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Pricing;

/// <summary>
/// The catalogue's files: one JSON value a line, rates as the provider gives them.
/// <code>
///   units.jsonl            head, then {name, price_key, per, dimensions}
///   providers.jsonl        head, then {id, api_pattern, answers_to?, sells_models?, fallbacks?, pricing_urls?} in lookup order
///   models/(id).jsonl      head, then {id, match, prices: [{from?, daily?, rates}], variants?: [{when, from?, daily?, rates}]}
///   rate                   number, or {base, tiers: [{over, price}]}
/// </code>
/// A head names catalogue, release, source, licence and copyright.
/// </summary>
public static class CatalogueFiles
{
    public const string Units = "units.jsonl";
    public const string Providers = "providers.jsonl";

    private const string ResourcePrefix = "catalogue/";

    /// <summary>The catalogue that the product carries, read when first asked for.</summary>
    public static Catalogue Embedded => EmbeddedCatalogue.Value;

    private static readonly Lazy<Catalogue> EmbeddedCatalogue = new(() => Read(DataSource.Embedded(ResourcePrefix)));

    public static string Models(string providerId) => $"models/{providerId}.jsonl";

    /// <exception cref="DataFormatException">A file is missing or a line is not what the format says.</exception>
    public static Catalogue ReadFolder(string path) => Read(DataSource.Folder(path));

    /// <param name="read">Gives the bytes of a file by its name in the catalogue.</param>
    internal static Catalogue Read(Func<string, byte[]> read)
    {
        var unitLines = DataLine.Split(Units, read(Units));
        var units = new UnitRegistry([.. unitLines.Skip(1).Select((line, index) => line.ToUnit(index))]);
        var providers = DataLine.Split(Providers, read(Providers)).Skip(1)
            .Select(line => line.ToProvider(id => ReadModels(units, Models(id), read)))
            .ToArray();
        return new Catalogue(unitLines[0].ToCatalogueId(), units, providers, () => VersionOf(providers, read));
    }

    private static IReadOnlyList<CatalogueModel> ReadModels(UnitRegistry units, string file, Func<string, byte[]> read) =>
        [.. DataLine.Split(file, read(file)).Skip(1).Select(line => line.ToModel(units))];

    private static string VersionOf(IEnumerable<CatalogueProvider> providers, Func<string, byte[]> read) =>
        DataVersion.Of(providers.Select(provider => Models(provider.Id)).Prepend(Providers).Prepend(Units), read);
}
