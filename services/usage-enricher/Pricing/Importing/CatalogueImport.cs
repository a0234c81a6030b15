using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Pricing.Importing;

/// <summary>
/// Carries a release of another price list over into the product's own format. Repeatable: the same input gives the same bytes. What
/// it would change in a catalogue that is there already is compared first, and what looks like a slip is refused (<see cref="ImportGuard"/>).
/// </summary>
public static partial class CatalogueImport
{
    private static readonly Dictionary<string, (string Source, string Copyright)> Origins = new(StringComparer.Ordinal)
    {
        [CatalogueFiles.First] = ("https://github.com/pydantic/genai-prices", "Copyright (c) Pydantic Services Inc. 2025 to present"),
        [CatalogueFiles.Second] = ("https://github.com/BerriAI/litellm", "Copyright (c) 2023 Berri AI"),
    };

    [GeneratedRegex(@"^(?<catalogue>[a-z0-9-]+?)-(?<release>\d+\.\d+\.\d+)\.data\.json$")]
    private static partial Regex DataFileName();

    [GeneratedRegex(@"^(?<catalogue>[a-z0-9-]+?)-(?<release>\d+\.\d+\.\d+)\.model_prices\.json$")]
    private static partial Regex MapFileName();

    /// <param name="dataFile">`(catalogue)-(release).data.json`: providers of genai-prices; `(catalogue)-(release).model_prices.json`: LiteLLM's map.</param>
    /// <param name="unitsFile">Units by name, for genai-prices only.</param>
    /// <param name="outFolder">Its catalogue files are replaced, except for entries that are refused; other files stay.</param>
    /// <param name="approved">Keys `provider/model` whose changes are wanted, however they look; one may end in `*`.</param>
    /// <exception cref="DataFormatException">The input is not what this import knows; nothing was written.</exception>
    public static ImportReport Run(string dataFile, string? unitsFile, string outFolder, IReadOnlyList<string>? approved = null)
    {
        var (draft, leftOut) = Read(dataFile, unitsFile);
        draft.ToCatalogue();
        var guard = new ImportGuard(approved ?? []);
        var isNew = !File.Exists(Path.Combine(outFolder, CatalogueFiles.Providers));
        var changes = isNew ? [] : guard.Check(outFolder, draft);
        var catalogue = draft.ToCatalogue();
        draft.Write(outFolder);
        return new ImportReport(catalogue, isNew, changes, leftOut);
    }

    private static (CatalogueDraft Draft, IReadOnlyList<string> LeftOut) Read(string dataFile, string? unitsFile)
    {
        using var data = JsonDocument.Parse(File.ReadAllBytes(dataFile));
        var fileName = Path.GetFileName(dataFile);
        if (MapFileName().Match(fileName) is { Success: true } map)
        {
            var source = new LiteLlmSource(ToHead(map, CatalogueFiles.Second));
            return (source.Read(data.RootElement), source.LeftOut);
        }

        var name = DataFileName().Match(fileName);
        if (!name.Success)
            throw new DataFormatException(fileName, 0, "the name must be <catalogue>-<release>.data.json or <catalogue>-<release>.model_prices.json, it names the release");
        if (unitsFile is null) throw new DataFormatException(fileName, 0, "a list of providers needs its units, --units UNITS.json");
        using var units = JsonDocument.Parse(File.ReadAllBytes(unitsFile));
        return (GenaiPricesSource.Read(ToHead(name, CatalogueFiles.First), data.RootElement, units.RootElement), []);
    }

    private static DataHead ToHead(Match name, string origin) =>
        new(name.Groups["catalogue"].Value, name.Groups["release"].Value, Origins[origin].Source, "MIT", Origins[origin].Copyright);
}

/// <summary>What an import did.</summary>
/// <param name="Catalogue">As written.</param>
/// <param name="IsNew">The folder held no catalogue before, so nothing could be compared.</param>
/// <param name="LeftOut">Entries of the source that have no price that can be used, with the reason.</param>
public sealed record ImportReport(Catalogue Catalogue, bool IsNew, IReadOnlyList<ImportChange> Changes, IReadOnlyList<string> LeftOut)
{
    public int Refused => Changes.Count(static change => change.IsRefused);
}
