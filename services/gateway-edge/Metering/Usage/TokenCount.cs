using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>A count as providers write it: an integer, at times with a fraction of zero.</summary>
internal static class TokenCount
{
    /// <summary>Larger counts are not believed.</summary>
    public const long Max = 1_000_000_000_000;

    /// <summary>A whole number from 0 to <see cref="Max"/>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> literal, out long count)
    {
        if (Utf8Parser.TryParse(literal, out count, out var consumed) && consumed == literal.Length)
            return count is >= 0 and <= Max;

        if (Utf8Parser.TryParse(literal, out double number, out consumed) && consumed == literal.Length
            && number is >= 0 and <= Max && number == Math.Floor(number))
        {
            count = (long)number;
            return true;
        }

        count = 0;
        return false;
    }

    /// <summary>
    /// The member's count. Null when it is absent or null; null as well when it cannot be a count, be it of its size or of its kind, and
    /// then <paramref name="isSuspect"/> is set.
    /// </summary>
    public static long? Read(JsonElement parent, string name, ref bool isSuspect)
    {
        if (parent.ValueKind != JsonValueKind.Object
            || !parent.TryGetProperty(name, out var value)
            || value.ValueKind == JsonValueKind.Null)
            return null;

        if (value.ValueKind == JsonValueKind.Number && TryParse(JsonMarshal.GetRawUtf8Value(value), out var count))
            return count;

        isSuspect = true;
        return null;
    }
}
