using System.Text;
using System.Text.Json;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Pricing.Importing;

/// <summary>A catalogue on its way into files: lines in their order, without heads and line ends.</summary>
internal sealed class CatalogueDraft(DataHead head)
{
    public DataHead Head => head;
    public List<DraftLine> Units { get; } = [];
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
            if (provider.Models.CountBy(static model => model.Id).FirstOrDefault(static model => model.Value > 1).Key is { } twice)
                throw new DataFormatException(CatalogueFiles.Models(provider.Id), 0, $"two entries are called {twice}");
            foreach (var fallback in provider.Fallbacks)
                if (catalogue.Providers.All(other => other.Id != fallback))
                    throw new DataFormatException(CatalogueFiles.Providers, 0, $"{provider.Id} falls back to the unknown {fallback}");
        }

        return catalogue;
    }

    /// <summary>The lines of a catalogue that is there.</summary>
    /// <exception cref="DataFormatException">A file is missing or a line is not what the format says.</exception>
    public static CatalogueDraft Read(string folder)
    {
        var read = DataSource.Folder(folder);
        var draft = new CatalogueDraft(Lines(CatalogueFiles.Units)[0].Read(DataHead.Read));
        draft.Units.AddRange(Lines(CatalogueFiles.Units).Skip(1).Select(static line => DraftLine.Of(line, "name")));
        draft.Providers.AddRange(Lines(CatalogueFiles.Providers).Skip(1).Select(static line => DraftLine.Of(line, "id")));
        foreach (var provider in draft.Providers)
            draft.Models.Add(provider.Id, [.. Lines(CatalogueFiles.Models(provider.Id)).Skip(1).Select(static line => DraftLine.Of(line, "id"))]);
        return draft;

        List<DataLine> Lines(string file) => DataLine.Split(file, read(file));
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
        yield return (CatalogueFiles.Units, Units.Select(static line => line.Json).Prepend(head.ToLine()));
        yield return (CatalogueFiles.Providers, Providers.Select(static line => line.Json).Prepend(head.ToLine()));
        foreach (var (id, models) in Models) yield return (CatalogueFiles.Models(id), models.Select(static line => line.Json).Prepend(head.ToLine()));
    }

    private static byte[] Joined(IEnumerable<byte[]> lines) => [.. lines.SelectMany(static line => line.Append((byte)'\n'))];
}

/// <param name="Id">Unique among its provider's lines, among providers, or among units.</param>
internal readonly record struct DraftLine(string Id, byte[] Json)
{
    public static DraftLine Of(DataLine line, string idMember) =>
        new(line.Read(json => DataLine.Text(json, idMember)), Encoding.UTF8.GetBytes(line.Json.GetRawText()));

    public bool IsSameAs(in DraftLine other) => Id == other.Id && Json.AsSpan().SequenceEqual(other.Json);

    /// <summary>A member as it is written; empty without it.</summary>
    public string Member(string name)
    {
        using var json = JsonDocument.Parse(Json);
        return json.RootElement.TryGetProperty(name, out var member) ? member.GetRawText() : "";
    }
}
