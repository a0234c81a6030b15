using System.Buffers.Text;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>
/// Checks one token (RFC 7515, 7519) against the issuer's keys.
/// <code>
/// header.claims.signature ──(1) form──► algorithm, key id ──(2) allow-list──► (3) key ──► (4) signature ──► (5) iss, aud ──► (6) exp, nbf
/// </code>
/// Nothing of the claims is believed before the signature is right.
/// </summary>
internal sealed class JwtVerification(JwtOptions options, ClaimReading claims)
{
    /// <summary>Longer ones are not read.</summary>
    public const int MaxTokenBytes = 16 * 1024;

    /// <summary>Keys that are tried for a token that names none.</summary>
    private const int MaxTries = 8;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <returns>None with the token's attribution, or why it does not count.</returns>
    public IdentityFault Verify(ReadOnlySpan<byte> token, JwtKeySet keys, DateTimeOffset now, out VouchedAttribution? attribution)
    {
        attribution = null;
        if (token.Length > MaxTokenBytes) return IdentityFault.TokenUnreadable;
        if (keys.Verified.Find(token) is not { } verified)
        {
            var fault = TryVerifyOnce(token, keys, out verified);
            if (fault != IdentityFault.None) return fault;
            keys.Verified.Add(token, verified!);
        }

        if (now - options.ClockSkew >= verified!.ExpiresAt) return IdentityFault.TokenExpired;          // (6)
        if (now + options.ClockSkew < verified.NotBefore) return IdentityFault.TokenNotYetValid;
        attribution = verified.Attribution;
        return IdentityFault.None;
    }

    private IdentityFault TryVerifyOnce(ReadOnlySpan<byte> token, JwtKeySet keys, out VerifiedToken? verified)
    {
        try
        {
            return VerifyOnce(token, keys, out verified);
        }
        catch (InvalidOperationException)
        {
            // A JSON string that is no text, such as half a surrogate pair: anyone may send it.
            verified = null;
            return IdentityFault.TokenUnreadable;
        }
    }

    private IdentityFault VerifyOnce(ReadOnlySpan<byte> token, JwtKeySet keys, out VerifiedToken? verified)
    {
        verified = null;
        var headerEnd = token.IndexOf((byte)'.');
        var claimsEnd = token.LastIndexOf((byte)'.');
        if (headerEnd <= 0 || claimsEnd <= headerEnd || token[(headerEnd + 1)..claimsEnd].Contains((byte)'.')) return IdentityFault.TokenUnreadable;
        using var header = Decode(token[..headerEnd]);                                                 // (1)
        if (header is null || header.RootElement.TryGetProperty("crit", out _)) return IdentityFault.TokenUnreadable;
        if (Text(header.RootElement, "alg") is not { } name) return IdentityFault.TokenUnreadable;
        if (JwtAlgorithm.Of(name) is not { } algorithm || !options.Algorithms.Contains(name)) return IdentityFault.TokenAlgorithmRefused; // (2)
        if (!TryDecode(token[(claimsEnd + 1)..], out var signature)) return IdentityFault.TokenUnreadable;

        var isKeyKnown = false;
        var isSigned = false;
        foreach (var key in keys.Of(Text(header.RootElement, "kid")).Where(key => key.Fits(algorithm)).Take(MaxTries)) // (3)
        {
            isKeyKnown = true;
            isSigned |= key.Verifies(algorithm, token[..claimsEnd], signature);                        // (4)
            if (isSigned) break;
        }

        if (!isKeyKnown) return IdentityFault.TokenKeyUnknown;
        if (!isSigned) return IdentityFault.TokenSignatureWrong;
        using var body = Decode(token[(headerEnd + 1)..claimsEnd]);
        return body is null ? IdentityFault.TokenUnreadable : ReadClaims(body.RootElement, out verified);
    }

    private IdentityFault ReadClaims(JsonElement body, out VerifiedToken? verified)
    {
        verified = null;
        if (Text(body, "iss") is not { } issuer || !options.Issuers.Contains(issuer)) return IdentityFault.TokenIssuerWrong; // (5)
        if (!body.TryGetProperty("aud", out var audience) || !IsForUs(audience)) return IdentityFault.TokenAudienceWrong;
        // A token that never ends cannot be taken back: exp is asked for.
        if (Time(body, "exp", out var expiresAt) != Presence.Read) return IdentityFault.TokenExpired;
        var notBefore = DateTimeOffset.MinValue;
        if (Time(body, "nbf", out var given) is var presence && presence == Presence.Broken) return IdentityFault.TokenNotYetValid;
        if (presence == Presence.Read) notBefore = given;
        verified = new VerifiedToken(claims.Of(body), notBefore, expiresAt);
        return IdentityFault.None;
    }

    private bool IsForUs(JsonElement audience) => audience.ValueKind switch
    {
        JsonValueKind.String => options.Audiences.Contains(audience.GetString()!),
        JsonValueKind.Array => audience.EnumerateArray().Any(one => one.ValueKind == JsonValueKind.String && options.Audiences.Contains(one.GetString()!)),
        _ => false,
    };

    private enum Presence { Absent, Read, Broken }

    private static Presence Time(JsonElement body, string name, out DateTimeOffset time)
    {
        time = default;
        if (!body.TryGetProperty(name, out var value)) return Presence.Absent;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var seconds) || seconds is not (>= 0 and < 253_402_300_799)) return Presence.Broken;
        time = DateTimeOffset.UnixEpoch.AddSeconds(seconds);
        return Presence.Read;
    }

    private static string? Text(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonDocument? Decode(ReadOnlySpan<byte> part)
    {
        if (!TryDecode(part, out var bytes)) return null;
        try
        {
            var document = JsonDocument.Parse(bytes, Strict);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            document.Dispose();
        }
        catch (JsonException)
        {
        }

        return null;
    }

    /// <summary>Base64url as JWS wants it: no padding, nothing else between.</summary>
    private static bool TryDecode(ReadOnlySpan<byte> part, out byte[] bytes)
    {
        bytes = [];
        if (part.IsEmpty || part.ContainsAny("= \t\r\n"u8)) return false;
        var target = new byte[Base64Url.GetMaxDecodedLength(part.Length)];
        var status = Base64Url.DecodeFromUtf8(part, target, out _, out var written);
        if (status != System.Buffers.OperationStatus.Done) return false;
        bytes = target[..written];
        return true;
    }
}
