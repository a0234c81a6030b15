using System.Collections.Frozen;
using System.Collections.ObjectModel;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>Reads `x-llm-tags: k=v, k2=v2`: values percent-encoded, at most 16 tags, 128 bytes a value.</summary>
internal static class TagList
{
    public const int MaxTags = 16;

    /// <param name="allowed">Names that may pass; null = all.</param>
    /// <param name="dropped">Told once for each tag that is left out.</param>
    /// <returns>The tags; of a name given twice the last one counts.</returns>
    public static IReadOnlyDictionary<string, string> Read(ReadOnlySpan<char> header, FrozenSet<string>? allowed, Action<DropReason> dropped)
    {
        Dictionary<string, string>? tags = null;
        foreach (var range in header.Split(','))
        {
            var pair = header[range].Trim();
            if (pair.IsEmpty) continue;
            var reason = ReadPair(pair, allowed, out var name, out var value);
            if (reason == DropReason.None && tags?.Count >= MaxTags && !tags.ContainsKey(name!)) reason = DropReason.TooMany;
            if (reason == DropReason.None) (tags ??= new(StringComparer.Ordinal))[name!] = value!;
            else dropped(reason);
        }

        return tags ?? (IReadOnlyDictionary<string, string>)ReadOnlyDictionary<string, string>.Empty;
    }

    private static DropReason ReadPair(ReadOnlySpan<char> pair, FrozenSet<string>? allowed, out string? name, out string? value)
    {
        name = value = null;
        var equals = pair.IndexOf('=');
        if (equals < 0) return DropReason.NotAPair;
        var key = pair[..equals].TrimEnd();
        if (!AttributionText.IsName(key)) return DropReason.BadName;
        name = key.ToString();
        if (allowed is not null && !allowed.Contains(name)) return DropReason.NotAllowed;
        return AttributionText.Read(pair[(equals + 1)..], out value);
    }
}
