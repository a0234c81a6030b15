using System.Buffers;
using System.Text;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>The character rules of attribution values, as the schema states them.</summary>
internal static class AttributionText
{
    public const int MaxLength = 128;
    public const int MaxNameLength = 64;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-");

    /// <summary>Percent-decodes a header's value and applies the rule: 1-128 characters and bytes, no control characters, valid UTF-8.</summary>
    public static DropReason Read(ReadOnlySpan<char> raw, out string? value)
    {
        value = null;
        raw = raw.Trim();
        if (raw.IsEmpty) return DropReason.Empty;
        // A decoded byte takes three characters at most: anything longer cannot fit, and is not decoded at all.
        if (raw.Length > 3 * MaxLength) return DropReason.TooLong;

        Span<byte> bytes = stackalloc byte[3 * MaxLength];
        var length = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            var character = raw[i];
            if (character == '%')
            {
                if (i + 2 >= raw.Length || !char.IsAsciiHexDigit(raw[i + 1]) || !char.IsAsciiHexDigit(raw[i + 2])) return DropReason.BadEncoding;
                bytes[length++] = (byte)((HexValue(raw[i + 1]) << 4) | HexValue(raw[i + 2]));
                i += 2;
            }
            else if (character > 0xff)
            {
                return DropReason.BadEncoding;
            }
            else
            {
                // Headers are read as Latin-1, which keeps each byte: unencoded UTF-8 comes back whole here.
                bytes[length++] = (byte)character;
            }
        }

        if (length > MaxLength) return DropReason.TooLong;
        return Decode(bytes[..length], out value);
    }

    /// <summary>The same rule for a value that is text already, such as a claim.</summary>
    public static DropReason Check(string value)
    {
        if (value.Length == 0) return DropReason.Empty;
        if (value.Length > MaxLength || StrictUtf8.GetMaxByteCount(value.Length) > MaxLength && Encoding.UTF8.GetByteCount(value) > MaxLength) return DropReason.TooLong;
        foreach (var character in value)
            if (char.IsControl(character)) return DropReason.ControlCharacter;
        return DropReason.None;
    }

    /// <summary>1-64 characters of [A-Za-z0-9_.:-].</summary>
    public static bool IsName(ReadOnlySpan<char> name) => name.Length is > 0 and <= MaxNameLength && !name.ContainsAnyExcept(NameCharacters);

    /// <summary>1-128 visible ASCII characters.</summary>
    public static bool IsVisibleAscii(ReadOnlySpan<char> text) => text.Length is > 0 and <= MaxLength && !text.ContainsAnyExceptInRange('!', '~');

    private static DropReason Decode(ReadOnlySpan<byte> bytes, out string? value)
    {
        value = null;
        string decoded;
        try
        {
            decoded = StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return DropReason.BadEncoding;
        }

        foreach (var character in decoded)
            if (char.IsControl(character)) return DropReason.ControlCharacter;
        value = decoded;
        return DropReason.None;
    }

    private static int HexValue(char digit) => char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
