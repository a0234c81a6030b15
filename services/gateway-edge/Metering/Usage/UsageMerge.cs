using System.Buffers;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>Merges two reports of one usage member by member, the later non-null value winning.</summary>
internal static class UsageMerge
{
    /// <param name="earlier">Usage object so far.</param>
    /// <param name="later">Usage object of a later event.</param>
    /// <param name="isRelay">
    /// The host is not the provider itself: relays that do not know the input send 0 in the last event, so there a zero does not
    /// replace a positive count.
    /// </param>
    /// <param name="into">Gets the merged object.</param>
    /// <returns>False when one of them is not valid JSON; then nothing useful is in <paramref name="into"/>.</returns>
    public static bool TryMerge(ReadOnlyMemory<byte> earlier, ReadOnlyMemory<byte> later, bool isRelay, ArrayBufferWriter<byte> into)
    {
        try
        {
            using var first = JsonDocument.Parse(earlier);
            using var second = JsonDocument.Parse(later);
            using var writer = new Utf8JsonWriter(into);
            writer.WriteStartObject();
            foreach (var member in first.RootElement.EnumerateObject())
            {
                writer.WritePropertyName(member.Name);
                Pick(member.Value, second.RootElement, member.Name, isRelay).WriteTo(writer);
            }

            foreach (var member in second.RootElement.EnumerateObject())
            {
                if (first.RootElement.TryGetProperty(member.Name, out _))
                    continue;

                writer.WritePropertyName(member.Name);
                member.Value.WriteTo(writer);
            }

            writer.WriteEndObject();
            return true;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static JsonElement Pick(JsonElement earlier, JsonElement laterUsage, string name, bool isRelay)
    {
        if (!laterUsage.TryGetProperty(name, out var later) || later.ValueKind == JsonValueKind.Null)
            return earlier;

        return isRelay && IsZero(later) && !IsZero(earlier) && earlier.ValueKind == JsonValueKind.Number ? earlier : later;
    }

    private static bool IsZero(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number == 0;
}
