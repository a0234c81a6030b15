using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// The character and length rules of the usage record: what fails a rule becomes null, never a shortened value, so
/// that no free text can travel in a field made for names.
/// </summary>
internal static class BoundedText
{
    public const int MaxTokenLength = 64;
    public const int MaxNameLength = 128;

    /// <summary>Raw JSON string bytes longer than this can fulfil no rule (128 characters, each a \u escape at most).</summary>
    public const int MaxRawBytes = MaxNameLength * 6;

    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-");

    private static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-"u8);

    /// <summary>1-64 characters of [A-Za-z0-9_.:-], else null.</summary>
    public static string? Token(string? text) =>
        text is { Length: > 0 and <= MaxTokenLength } && !text.AsSpan().ContainsAnyExcept(TokenCharacters) ? text : null;

    /// <summary>As <see cref="Token(string?)"/>, on the bytes between the quotes of a JSON string.</summary>
    public static bool IsToken(ReadOnlySpan<byte> raw) =>
        raw.Length is > 0 and <= MaxTokenLength && !raw.ContainsAnyExcept(TokenBytes);

    /// <summary>1-128 visible ASCII characters, else null: ids and models. Without spaces, so that no sentence passes for a model.</summary>
    public static string? VisibleAscii(string? text) =>
        text is { Length: > 0 and <= MaxNameLength } && !text.AsSpan().ContainsAnyExceptInRange('!', '~') ? text : null;

    /// <summary>Decodes the bytes between the quotes of a JSON string; null when they are not valid JSON text or UTF-8.</summary>
    public static string? Decode(ReadOnlySpan<byte> raw)
    {
        if (raw.Length > MaxRawBytes)
            return null;

        try
        {
            if (!raw.Contains((byte)'\\'))
                return StrictUtf8.GetString(raw);

            Span<byte> quoted = stackalloc byte[raw.Length + 2];
            quoted[0] = quoted[^1] = (byte)'"';
            raw.CopyTo(quoted[1..]);
            var reader = new Utf8JsonReader(quoted);
            return reader.Read() ? reader.GetString() : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            return null;
        }
    }

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}
