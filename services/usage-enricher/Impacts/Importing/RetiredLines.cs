using System.Text.Json;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Impacts.Importing;

/// <summary>
/// Entries of the data imported before that a newer release dropped: they stay, marked with the last release that had them, so that calls of
/// the past can be estimated again. The newer release's constants hold for them.
/// </summary>
internal sealed class RetiredLines
{
    private readonly List<(string Key, string Release, JsonElement Line)> _before = [];
    private readonly Func<JsonElement, string> _keyOf;

    /// <param name="path">The file as it was before; it need not exist.</param>
    /// <param name="keyOf">What an entry is known by.</param>
    /// <exception cref="DataFormatException">The file is not what the format says.</exception>
    public RetiredLines(string path, Func<JsonElement, string> keyOf)
    {
        _keyOf = keyOf;
        if (!File.Exists(path)) return;
        var lines = DataLine.Split(path, File.ReadAllBytes(path));
        var release = lines[0].Read(static json => DataLine.Text(json, "release"));
        foreach (var line in lines.Skip(1))
            _before.Add((line.Read(keyOf), line.Json.TryGetProperty(ImpactDataFiles.Retired, out var since) ? DataLine.Text(since) : release, line.Json));
    }

    /// <summary>Appends to a file just written what was there before and is not in it.</summary>
    public void AppendTo(string path)
    {
        var kept = DataLine.Split(path, File.ReadAllBytes(path)).Skip(1).Select(line => line.Read(_keyOf)).ToHashSet(StringComparer.Ordinal);
        using var file = new FileStream(path, FileMode.Append);
        foreach (var (key, release, line) in _before)
        {
            if (kept.Contains(key)) continue;
            using (var json = new Utf8JsonWriter(file, LineWriter.Options))
            {
                json.WriteStartObject();
                foreach (var member in line.EnumerateObject())
                    if (member.Name != ImpactDataFiles.Retired) member.WriteTo(json);
                json.WriteString(ImpactDataFiles.Retired, release);
                json.WriteEndObject();
            }

            file.Write("\n"u8);
        }
    }
}
