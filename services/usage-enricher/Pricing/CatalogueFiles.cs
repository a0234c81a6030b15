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

    /// <summary>The catalogue that is asked first, by its name among those that the product carries.</summary>
    public const string First = "genai-prices";

    /// <summary>The one that is asked when the first has no entry.</summary>
    public const string Second = "litellm";

    private static readonly Dictionary<string, Lazy<Catalogue>> Carried = new(StringComparer.Ordinal)
    {
        [First] = new(static () => Read(DataSource.Embedded("catalogue/"))),
        [Second] = new(static () => Read(DataSource.Embedded("catalogue-litellm/"))),
    };

    /// <summary>The first catalogue that the product carries, read when first asked for.</summary>
    public static Catalogue Embedded => Carried[First].Value;

    public static bool IsCarried(string name) => Carried.ContainsKey(name);

    /// <param name="name">A catalogue that the product carries, else a folder.</param>
    /// <exception cref="DataFormatException">A file is missing or a line is not what the format says.</exception>
    public static Catalogue Named(string name) => Carried.TryGetValue(name, out var carried) ? carried.Value : ReadFolder(name);

    public static string Models(string providerId) => $"models/{providerId}.jsonl";

    /// <summary>Reads every line, and keeps nothing open: the folder may change afterwards.</summary>
    /// <exception cref="DataFormatException">A file is missing or a line is not what the format says.</exception>
    public static Catalogue ReadFolder(string path)
    {
        if (!File.Exists(Path.Combine(path, Units)))
            throw new DataFormatException(path, 0, $"no catalogue: give {First}, {Second} or a folder that `usage-enricher catalogue import --from FILE --out DIR` has written"
                + (File.Exists(path) ? " from this file" : "") + " (docs/pricing.md)");
        var catalogue = Read(DataSource.Folder(path));
        foreach (var provider in catalogue.Providers) _ = provider.Models.Count;
        return catalogue;
    }

    /// <param name="read">Gives the bytes of a file by its name in the catalogue.</param>
    internal static Catalogue Read(Func<string, byte[]> read)
    {
        var unitLines = DataLine.Split(Units, read(Units));
        var units = ReadUnits(unitLines);
        var providers = DataLine.Split(Providers, read(Providers)).Skip(1)
            .Select(line => line.ToProvider(id => ReadModels(units, Models(id), read)))
            .ToArray();
        return new Catalogue(unitLines[0].ToCatalogueId(), units, providers, () => VersionOf(providers, read));
    }

    private static UnitRegistry ReadUnits(List<DataLine> lines)
    {
        PricedUnit[] units = [.. lines.Skip(1).Select(static (line, index) => line.ToUnit(index))];
        try
        {
            return new UnitRegistry(units);
        }
        catch (ArgumentException e)
        {
            throw new DataFormatException(Units, 0, $"more than {UnitRegistry.MaxUnits} units, or two of one name or price key", e);
        }
    }

    private static IReadOnlyList<CatalogueModel> ReadModels(UnitRegistry units, string file, Func<string, byte[]> read) =>
        [.. DataLine.Split(file, read(file)).Skip(1).Select(line => line.ToModel(units))];

    private static string VersionOf(IEnumerable<CatalogueProvider> providers, Func<string, byte[]> read) =>
        DataVersion.Of(providers.Select(provider => Models(provider.Id)).Prepend(Providers).Prepend(Units), read);
}
