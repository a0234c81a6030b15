using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Pricing.Importing;

/// <summary>
/// Carries a genai-prices release over into the product's own format. Repeatable: the same input gives the same bytes.
/// Order is kept, because the first match wins. What does not price a call (names, descriptions, comments, extractors) is left out.
/// </summary>
public static partial class CatalogueImport
{
    private const string Source = "https://github.com/pydantic/genai-prices";
    private const string Licence = "MIT";
    private const string Copyright = "Copyright (c) Pydantic Services Inc. 2025 to present";

    [GeneratedRegex(@"^(?<catalogue>[a-z0-9-]+?)-(?<release>\d+\.\d+\.\d+)\.data\.json$")]
    private static partial Regex DataFileName();

    /// <param name="dataFile">`(catalogue)-(release).data.json`: a list of providers.</param>
    /// <param name="unitsFile">Units by name.</param>
    /// <param name="outFolder">Its catalogue files are replaced; others stay.</param>
    /// <returns>The catalogue as read back from the files written.</returns>
    /// <exception cref="DataFormatException">The input is not what this import knows; nothing usable was written.</exception>
    public static Catalogue Run(string dataFile, string unitsFile, string outFolder)
    {
        var name = DataFileName().Match(Path.GetFileName(dataFile));
        if (!name.Success)
            throw new DataFormatException(Path.GetFileName(dataFile), 0, "the name must be <catalogue>-<release>.data.json, it names the release");
        var head = new DataHead(name.Groups["catalogue"].Value, name.Groups["release"].Value, Source, Licence, Copyright);

        using var units = JsonDocument.Parse(File.ReadAllBytes(unitsFile));
        using var data = JsonDocument.Parse(File.ReadAllBytes(dataFile));
        var providers = data.RootElement.EnumerateArray().ToArray();

        Directory.CreateDirectory(Path.Combine(outFolder, "models"));
        foreach (var stale in Directory.EnumerateFiles(Path.Combine(outFolder, "models"), "*.jsonl")) File.Delete(stale);
        Write(CatalogueFiles.Units, writer => SourceCatalogue.WriteUnits(writer, units.RootElement));
        Write(CatalogueFiles.Providers, writer => SourceCatalogue.WriteProviders(writer, providers));
        foreach (var provider in providers)
            Write(CatalogueFiles.Models(provider.GetProperty("id").GetString()!), writer => SourceCatalogue.WriteModels(writer, provider));

        return ReadBack(outFolder);

        void Write(string file, Action<LineWriter> write)
        {
            using var writer = new LineWriter(Path.Combine(outFolder, file));
            head.Write(writer);
            write(writer);
        }
    }

    private static Catalogue ReadBack(string folder)
    {
        var catalogue = CatalogueFiles.ReadFolder(folder);
        foreach (var provider in catalogue.Providers)
        {
            if (provider.Models.Count == 0) throw new DataFormatException(CatalogueFiles.Models(provider.Id), 0, "no models");
            foreach (var fallback in provider.Fallbacks)
                if (catalogue.Providers.All(other => other.Id != fallback))
                    throw new DataFormatException(CatalogueFiles.Providers, 0, $"{provider.Id} falls back to the unknown {fallback}");
        }

        return catalogue;
    }
}
