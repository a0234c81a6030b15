using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Pricing.Importing;

/// <summary>A catalogue on its way into files: lines in their order, without heads and line ends.</summary>
internal sealed class CatalogueDraft(DataHead head)
{
    public DataHead Head => head;
    public List<byte[]> Units { get; } = [];
    public List<DraftLine> Providers { get; } = [];

    /// <summary>By provider id.</summary>
    public Dictionary<string, List<DraftLine>> Models { get; } = new(StringComparer.Ordinal);

    /// <exception cref="DataFormatException">A line is not what the format says, a provider has no models or falls back to an unknown one.</exception>
    public Catalogue ToCatalogue()
    {
        var files = Files().ToDictionary(static file => file.Name, static file => file.Lines, StringComparer.Ordinal);
        var catalogue = CatalogueFiles.Read(name => files.TryGetValue(name, out var lines)
            ? Joined(lines)
            : throw new DataFormatException(name, 0, "the file is missing"));
        foreach (var provider in catalogue.Providers)
        {
            if (provider.Models.Count == 0) throw new DataFormatException(CatalogueFiles.Models(provider.Id), 0, "no models");
            foreach (var fallback in provider.Fallbacks)
                if (catalogue.Providers.All(other => other.Id != fallback))
                    throw new DataFormatException(CatalogueFiles.Providers, 0, $"{provider.Id} falls back to the unknown {fallback}");
        }

        return catalogue;
    }

    /// <param name="folder">Its catalogue files are replaced; others stay.</param>
    public void Write(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "models"));
        var files = Files().ToArray();
        foreach (var (name, lines) in files)
        {
            using var writer = new LineWriter(Path.Combine(folder, name));
            foreach (var line in lines) writer.Line(line);
        }

        var names = files.Select(static file => Path.GetFileName(file.Name)).ToHashSet(StringComparer.Ordinal);
        foreach (var stale in Directory.EnumerateFiles(Path.Combine(folder, "models"), "*.jsonl").Where(file => !names.Contains(Path.GetFileName(file))).ToArray())
            File.Delete(stale);
    }

    private IEnumerable<(string Name, IEnumerable<byte[]> Lines)> Files()
    {
        yield return (CatalogueFiles.Units, Units.Prepend(head.ToLine()));
        yield return (CatalogueFiles.Providers, Providers.Select(static line => line.Json).Prepend(head.ToLine()));
        foreach (var (id, models) in Models) yield return (CatalogueFiles.Models(id), models.Select(static line => line.Json).Prepend(head.ToLine()));
    }

    private static byte[] Joined(IEnumerable<byte[]> lines) => [.. lines.SelectMany(static line => line.Append((byte)'\n'))];
}

/// <param name="Id">Unique among its provider's lines, or among providers.</param>
internal readonly record struct DraftLine(string Id, byte[] Json);
