using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Runtime;

/// <summary>
/// SHA-256 over fields, cut to 128 bits: keys and ids that are the same in every process and release. Each field stands behind its
/// length, so that no two rows of fields write the same; a missing value is not an empty one.
/// </summary>
public sealed class FieldHash
{
    private const int HashBytes = 16;

    /// <summary>Characters of the hash: hex digits.</summary>
    public const int HexChars = 2 * HashBytes;

    private readonly StringBuilder _text = new();

    /// <param name="algorithm">The first field: another way of making the hash gives other hashes.</param>
    public FieldHash(string algorithm) => Add(algorithm);

    public void Add(string? value)
    {
        if (value is null) _text.Append("-;");
        else _text.Append(value.Length).Append(':').Append(value).Append(';');
    }

    /// <summary>Ends a list of fields whose number is not fixed.</summary>
    public void EndList() => _text.Append('|');

    /// <returns>32 lower-case hex digits.</returns>
    public string ToHex()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(_text.ToString()), hash);
        return Convert.ToHexStringLower(hash[..HashBytes]);
    }
}
