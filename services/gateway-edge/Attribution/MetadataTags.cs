using System.Collections.Frozen;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>
/// Tags out of a JSON body's root member `metadata`, by an allow-list of their own: callers write free text there, so that nothing of it is
/// taken that the operator did not name.
/// </summary>
internal sealed class MetadataTags(IReadOnlyList<string> allowed, Action<DropReason> dropped)
{
    private readonly FrozenSet<string> _allowed = allowed.ToFrozenSet(StringComparer.Ordinal);

    /// <returns>Null when there are none; also when the body cannot be read to their end.</returns>
    public IReadOnlyDictionary<string, string>? Read(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty) return null;
        var reader = new Utf8JsonReader(body);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("metadata"u8)) return ReadMembers(ref reader);
                reader.Read();
                reader.Skip();
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
        }

        return null;
    }

    private Dictionary<string, string>? ReadMembers(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
        Dictionary<string, string>? tags = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan.Length <= AttributionText.MaxNameLength ? reader.GetString()! : "";
            reader.Read();
            if (reader.TokenType == JsonTokenType.String && _allowed.Contains(name))
            {
                var value = reader.ValueSpan.Length <= 6 * AttributionText.MaxLength ? reader.GetString()! : null;
                var reason = value is null ? DropReason.TooLong : AttributionText.Check(value);
                if (reason == DropReason.None && tags?.Count >= TagList.MaxTags && !tags.ContainsKey(name)) reason = DropReason.TooMany;
                if (reason == DropReason.None) (tags ??= new(StringComparer.Ordinal))[name] = value!;
                else dropped(reason);
            }

            reader.Skip();
        }

        return tags;
    }
}
