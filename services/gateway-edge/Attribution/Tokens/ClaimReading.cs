using System.Globalization;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>Takes the allow-listed claims out of a verified token. What breaks the rule of attribution values is left out and counted.</summary>
internal sealed class ClaimReading(ClaimOptions options, Action<DropReason> dropped)
{
    public VouchedAttribution Of(JsonElement claims) => new()
    {
        Tenant = Value(claims, options.Tenant),
        Team = Value(claims, options.Team),
        User = Value(claims, options.User),
        Feature = Value(claims, options.Feature),
        Session = Value(claims, options.Session),
        Environment = Value(claims, options.Environment),
        Tags = options.Tags
            .Select(tag => (tag.Key, Value: Value(claims, tag.Value)))
            .Where(static tag => tag.Value is not null)
            .ToDictionary(static tag => tag.Key, static tag => tag.Value!, StringComparer.Ordinal),
    };

    /// <summary>
    /// Finds a claim. A name may itself hold dots (`https://example.com/team`), so at each level the longest name that is there counts.
    /// </summary>
    public static JsonElement? Find(JsonElement at, ReadOnlySpan<char> path)
    {
        if (at.ValueKind == JsonValueKind.Array) return InArray(at, path);
        if (at.ValueKind != JsonValueKind.Object) return null;
        for (var end = path.Length; end > 0; end = path[..end].LastIndexOf('.'))
        {
            if (!at.TryGetProperty(path[..end], out var member)) continue;
            return end == path.Length ? member : Find(member, path[(end + 1)..]);
        }

        return null;
    }

    private static JsonElement? InArray(JsonElement at, ReadOnlySpan<char> path)
    {
        var dot = path.IndexOf('.');
        var place = dot < 0 ? path : path[..dot];
        if (!int.TryParse(place, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= at.GetArrayLength()) return null;
        return dot < 0 ? at[index] : Find(at[index], path[(dot + 1)..]);
    }

    private string? Value(JsonElement claims, string? path)
    {
        if (path is null || Find(claims, path) is not { } claim) return null;
        var text = claim.ValueKind switch
        {
            JsonValueKind.String => claim.GetString(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => claim.GetRawText(),
            _ => null,
        };
        if (text is null) return null;
        var reason = AttributionText.Check(text);
        if (reason == DropReason.None) return text;
        dropped(reason);
        return null;
    }
}
