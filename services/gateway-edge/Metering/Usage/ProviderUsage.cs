using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Reduces a provider's usage object to what can hold no prose: objects, arrays, numbers, booleans, null, and strings that are
/// tokens; names must be tokens as well. Everything else is left out.
/// </summary>
internal static class ProviderUsage
{
    public const int MaxBytes = 4096;
    public const int MaxDepth = 6;

    /// <returns>The reduced object as compact JSON; null when it would be larger than <see cref="MaxBytes"/>.</returns>
    public static string? Reduce(JsonElement usage)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(bytes))
        {
            if (!TryWrite(usage, depth: 1, null, writer))
                return null;
        }

        return bytes.WrittenCount <= MaxBytes ? Encoding.UTF8.GetString(bytes.WrittenSpan) : null;
    }

    private static bool TryWrite(JsonElement value, int depth, string? name, Utf8JsonWriter writer)
    {
        if (!IsAllowed(value, depth))
            return true;

        // Whole objects are judged as they grow, so that a hostile one costs no more than the bound.
        if (writer.BytesCommitted + writer.BytesPending > MaxBytes)
            return false;

        if (name is not null)
            writer.WritePropertyName(name);

        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                {
                    if (BoundedText.Token(member.Name) is { } memberName && !TryWrite(member.Value, depth + 1, memberName, writer))
                        return false;
                }

                writer.WriteEndObject();
                return true;

            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var element in value.EnumerateArray())
                {
                    if (!TryWrite(element, depth + 1, null, writer))
                        return false;
                }

                writer.WriteEndArray();
                return true;

            case JsonValueKind.Number:
                writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
                return true;

            default:
                value.WriteTo(writer);
                return true;
        }
    }

    private static bool IsAllowed(JsonElement value, int depth) => value.ValueKind switch
    {
        JsonValueKind.Object or JsonValueKind.Array => depth <= MaxDepth,
        JsonValueKind.String => BoundedText.IsToken(JsonMarshal.GetRawUtf8Value(value)[1..^1]),
        _ => true,
    };
}
