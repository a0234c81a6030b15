using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>How virtual keys look and are hashed.</summary>
internal static class KeyText
{
    /// <summary>Marks a key as ours, so that one that is unknown here is refused instead of being sent to a provider.</summary>
    public const string Prefix = "llmvk-";

    /// <summary>
    /// A plain hash serves only keys that cannot be guessed: a made key has 256 random bits, and shorter ones than this are not taken.
    /// </summary>
    public const int MinChars = 24;

    public const int MaxChars = 512;

    private const string HashPrefix = "sha256:";
    private const int RandomBytes = 32;

    public static string New() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>True when a word of the text begins as our keys do.</summary>
    public static bool HoldsOurs(ReadOnlySpan<char> text)
    {
        for (var at = 0; text[at..].IndexOf(Prefix, StringComparison.Ordinal) is >= 0 and var found; at += found + Prefix.Length)
            if (at + found == 0 || !IsInWord(text[at + found - 1])) return true;
        return false;
    }

    /// <summary>A longer word that has the prefix inside, such as a token's base64url, is no key.</summary>
    private static bool IsInWord(char character) => char.IsAsciiLetterOrDigit(character) || character is '-' or '_';

    /// <summary>As it stands in the keys file.</summary>
    public static string HashText(ReadOnlySpan<char> key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(key, hash);
        return HashPrefix + Convert.ToHexStringLower(hash);
    }

    /// <returns>False for keys longer than <see cref="MaxChars"/>, which no entry can have.</returns>
    public static bool Hash(ReadOnlySpan<char> key, Span<byte> hash)
    {
        if (key.Length > MaxChars) return false;
        Span<byte> bytes = stackalloc byte[3 * MaxChars];
        var length = Encoding.UTF8.GetBytes(key, bytes);
        SHA256.HashData(bytes[..length], hash);
        CryptographicOperations.ZeroMemory(bytes);
        return true;
    }

    /// <returns>Null when it is not `sha256:` with 64 hex digits.</returns>
    public static byte[]? ReadHash(string? text)
    {
        if (text is null || !text.StartsWith(HashPrefix, StringComparison.Ordinal) || text.Length != HashPrefix.Length + 2 * SHA256.HashSizeInBytes) return null;
        return text.AsSpan(HashPrefix.Length).ContainsAnyExcept("0123456789abcdefABCDEF") ? null : Convert.FromHexString(text.AsSpan(HashPrefix.Length));
    }
}
