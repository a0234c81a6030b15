using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Runtime.InteropServices;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>
/// Tokens whose signature was checked, by their SHA-256, so that a caller's hundredth call costs a hash and not a signature. Validity in
/// time is asked again at each call.
/// </summary>
internal sealed class VerifiedTokens
{
    /// <summary>Past it all are forgotten: checking again is all it costs.</summary>
    public const int MaxTokens = 10_000;

    private readonly ConcurrentDictionary<Digest, VerifiedToken> _tokens = new();

    private readonly record struct Digest(long A, long B, long C, long D);

    public VerifiedToken? Find(ReadOnlySpan<byte> token) => _tokens.GetValueOrDefault(Of(token));

    public void Add(ReadOnlySpan<byte> token, VerifiedToken verified)
    {
        if (_tokens.Count >= MaxTokens) _tokens.Clear();
        _tokens[Of(token)] = verified;
    }

    private static Digest Of(ReadOnlySpan<byte> token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(token, hash);
        return MemoryMarshal.Read<Digest>(hash);
    }
}

/// <summary>A token whose signature, issuer and audience are right.</summary>
internal sealed record VerifiedToken(VouchedAttribution Attribution, DateTimeOffset NotBefore, DateTimeOffset ExpiresAt);
