using System.Reflection;
using System.Security.Cryptography;
using System.Text;

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
    private const int VersionLength = 32;

    /// <summary>The catalogue that the product carries, read when first asked for.</summary>
    public static Catalogue Embedded => EmbeddedCatalogue.Value;

    private static readonly Lazy<Catalogue> EmbeddedCatalogue = new(() => Read(ReadResource));

    public static string Models(string providerId) => $"models/{providerId}.jsonl";

    /// <exception cref="CatalogueFormatException">A file is missing or a line is not what the format says.</exception>
    public static Catalogue ReadFolder(string path) => Read(name =>
    {
        var file = Path.Combine(path, name);
        return File.Exists(file) ? File.ReadAllBytes(file) : throw new CatalogueFormatException(name, 0, "the file is missing");
    });

    /// <param name="read">Gives the bytes of a file by its name in the catalogue.</param>
    internal static Catalogue Read(Func<string, byte[]> read)
    {
        var unitLines = CatalogueLine.Split(Units, read(Units));
        var units = new UnitRegistry([.. unitLines.Skip(1).Select((line, index) => line.ToUnit(index))]);
        var providers = CatalogueLine.Split(Providers, read(Providers)).Skip(1)
            .Select(line => line.ToProvider(id => ReadModels(units, Models(id), read)))
            .ToArray();
        return new Catalogue(unitLines[0].ToCatalogueId(), units, providers, () => VersionOf(providers, read));
    }

    private static IReadOnlyList<CatalogueModel> ReadModels(UnitRegistry units, string file, Func<string, byte[]> read) =>
        [.. CatalogueLine.Split(file, read(file)).Skip(1).Select(line => line.ToModel(units))];

    private static string VersionOf(IEnumerable<CatalogueProvider> providers, Func<string, byte[]> read)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in providers.Select(provider => Models(provider.Id)).Prepend(Providers).Prepend(Units))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData([0]);
            hash.AppendData(read(name));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..VersionLength];
    }

    private static byte[] ReadResource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(ResourcePrefix + name)
            ?? throw new CatalogueFormatException(name, 0, "the resource is missing");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}

/// <summary>A catalogue file that does not hold what the format says.</summary>
/// <param name="line">Counts from 1; 0 = the file as a whole.</param>
public sealed class CatalogueFormatException(string file, int line, string message, Exception? cause = null)
    : Exception(line == 0 ? $"{file}: {message}" : $"{file}:{line}: {message}", cause);
