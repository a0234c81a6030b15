using System.Text.Json;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>The issuer's public keys at one time, with the tokens that they were already found to have signed.</summary>
internal sealed class JwtKeySet
{
    public const int MaxBytes = 256 * 1024;

    /// <summary>Keys that are looked at; an issuer has two or three.</summary>
    public const int MaxKeys = 64;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    private readonly JwtKey[] _keys;

    private JwtKeySet(JwtKey[] keys) => _keys = keys;

    public int Count => _keys.Length;

    /// <summary>Belongs to the keys: when a key is withdrawn, what it signed is forgotten with it.</summary>
    public VerifiedTokens Verified { get; } = new();

    /// <summary>Keys under the id; of a token that names none, every key.</summary>
    public IEnumerable<JwtKey> Of(string? id) => id is null ? _keys : _keys.Where(key => key.Id == id);

    /// <returns>Null, with a sentence about what is wrong, when there is no key in it that can be used.</returns>
    public static JwtKeySet? Read(ReadOnlyMemory<byte> json, out string problem)
    {
        problem = "";
        if (json.Length > MaxBytes)
        {
            problem = $"is over {MaxBytes} bytes";
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("keys", out var keys) && keys.ValueKind == JsonValueKind.Array)
            {
                JwtKey[] usable = [.. keys.EnumerateArray().Take(MaxKeys).Select(JwtKey.Read).OfType<JwtKey>()];
                if (usable.Length > 0) return new JwtKeySet(usable);
                problem = "has no key that can check signatures: RSA of 2048 bits or more, or EC on P-256, P-384, P-521";
                return null;
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
        }

        problem = "is not a key set: JSON {\"keys\":[…]}";
        return null;
    }
}
