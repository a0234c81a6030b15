using System.Security.Cryptography;
using System.Text;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>
/// Names a caller's API key without keeping it: the first 16 hex digits of HMAC-SHA256 under the edge's own secret. The same
/// key gives the same id as long as the secret stays; without the secret nobody can try keys against ids.
/// </summary>
internal sealed class CallerKey(byte[] secret)
{
    private const int IdBytes = 8;
    private const int MaxStackBytes = 512;
    private const string Bearer = "Bearer ";

    /// <summary>The id of the first credential that is there: bearer token, x-api-key, x-goog-api-key, api-key, a key in the query.</summary>
    public string? IdOf(in CallerCredentials credentials)
    {
        var authorization = credentials.Authorization.AsSpan();
        if (authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)) return IdOf(authorization[Bearer.Length..].Trim());
        if (!string.IsNullOrEmpty(credentials.ApiKeyHeader)) return IdOf(credentials.ApiKeyHeader.AsSpan().Trim());
        var fromQuery = KeyOf(credentials.Query);
        return fromQuery.IsEmpty ? null : IdOf(Uri.UnescapeDataString(fromQuery));
    }

    /// <summary>The first key in a query, still percent-encoded.</summary>
    public static ReadOnlySpan<char> KeyOf(ReadOnlySpan<char> query)
    {
        foreach (var range in query.Split('&'))
            if (CallerCredentials.IsKeyParameter(query[range], out var key) && !key.IsEmpty) return key;
        return default;
    }

    private string? IdOf(ReadOnlySpan<char> key)
    {
        if (key.IsEmpty) return null;
        var size = Encoding.UTF8.GetMaxByteCount(key.Length);
        var bytes = size <= MaxStackBytes ? stackalloc byte[MaxStackBytes] : new byte[size];
        var length = Encoding.UTF8.GetBytes(key, bytes);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, bytes[..length], hash);
        CryptographicOperations.ZeroMemory(bytes);
        return Convert.ToHexStringLower(hash[..IdBytes]);
    }
}

/// <summary>Where a caller's key may stand. Never logged, never recorded.</summary>
/// <param name="ApiKeyHeader">x-api-key, x-goog-api-key or api-key.</param>
/// <param name="Query">The query without its question mark.</param>
internal readonly ref struct CallerCredentials(string? authorization, string? apiKeyHeader, ReadOnlySpan<char> query)
{
    public string? Authorization { get; } = authorization;
    public string? ApiKeyHeader { get; } = apiKeyHeader;
    public ReadOnlySpan<char> Query { get; } = query;

    /// <summary>Headers in which a caller's key may stand, in the order in which they are looked at.</summary>
    public static IReadOnlyList<string> KeyHeaders { get; } = ["Authorization", "x-api-key", "x-goog-api-key", "api-key", "Ocp-Apim-Subscription-Key"];

    /// <summary>Google's, Azure OpenAI's (of realtime connections) and API Management's.</summary>
    private static readonly string[] KeyParameters = ["key", "api-key", "subscription-key"];

    public static bool IsKeyHeader(string name)
    {
        foreach (var header in KeyHeaders)
            if (name.Equals(header, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    /// <param name="pair">Name and value out of a query.</param>
    /// <param name="key">The value, still percent-encoded.</param>
    public static bool IsKeyParameter(ReadOnlySpan<char> pair, out ReadOnlySpan<char> key)
    {
        var equals = pair.IndexOf('=');
        key = equals < 0 ? default : pair[(equals + 1)..];
        if (equals < 0) return false;
        foreach (var name in KeyParameters)
            if (pair[..equals].Equals(name, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }
}
