using System.Text;
using Microsoft.AspNetCore.Http;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>What came of looking at a call's token and virtual key.</summary>
/// <param name="Fault">None = the call may go on.</param>
/// <param name="Identification">Null when the call is refused.</param>
/// <param name="MayKnowLater">Fetching the issuer's keys again may change the verdict.</param>
internal readonly record struct IdentityVerdict(IdentityFault Fault, Identification? Identification, bool MayKnowLater);

/// <summary>
/// Decides who a caller is before anything of its call is read or forwarded.
/// <code>
/// header ──(1) token: verified against the issuer's keys──┐
/// key headers, keys in the query ──(2) virtual key: found by its hash───┴──► identification, or a refusal
/// </code>
/// A virtual key that is known but not valid, looks like one of ours and is unknown, or stands where none is looked for, is refused also where
/// keys are optional: sent on, it would end up with a provider.
/// </summary>
/// <remarks>A synchronous step. It never waits for keys: the caller fetches them and asks again.</remarks>
internal sealed class CallerIdentification(JwtOptions options, JwtVerification? verification, Func<JwtKeySet?> tokenKeys, Func<VirtualKeySet?> virtualKeys, TimeProvider time)
{
    private const string Bearer = "Bearer ";
    private const int MaxStackBytes = 4 * 1024;

    /// <param name="target">Path and query as they came.</param>
    public IdentityVerdict Identify(IHeaderDictionary headers, ReadOnlySpan<char> target, IdentityRules rules)
    {
        var identified = Identification.Nothing;
        var tokenFault = verification is null || rules.Token == IdentityDemand.Off ? IdentityFault.None : ReadToken(headers, rules, ref identified); // (1)
        var mayKnowLater = tokenFault is IdentityFault.TokenKeyUnknown or IdentityFault.TokenKeysUnavailable;
        if (tokenFault != IdentityFault.None && rules.Token == IdentityDemand.Required) return new(tokenFault, null, mayKnowLater);
        var keyFault = rules.Key == IdentityDemand.Off ? IdentityFault.None : ReadKey(headers, target, rules, ref identified);                       // (2)
        return new(keyFault, keyFault == IdentityFault.None ? identified : null, mayKnowLater);
    }

    private IdentityFault ReadToken(IHeaderDictionary headers, IdentityRules rules, ref Identification identified)
    {
        var token = TokenOf(headers);
        if (token.IsEmpty) return rules.Token == IdentityDemand.Required ? Count("token", IdentityFault.TokenMissing) : IdentityFault.TokenMissing;
        identified = identified with { TokenHeader = options.Header, IsTokenForwarded = rules.IsTokenForwarded };
        if (token.Length > JwtVerification.MaxTokenBytes) return Count("token", IdentityFault.TokenUnreadable);
        if (tokenKeys() is not { } keys) return Count("token", IdentityFault.TokenKeysUnavailable);

        Span<byte> bytes = token.Length <= MaxStackBytes ? stackalloc byte[token.Length] : new byte[token.Length];
        Encoding.ASCII.GetBytes(token, bytes);
        var fault = verification!.Verify(bytes, keys, time.GetUtcNow(), out var attribution);
        if (fault == IdentityFault.None) identified = identified with { Token = attribution };
        return Count("token", fault);
    }

    /// <summary>
    /// In a header of its own everything is a token. In Authorization only what is built like one is: anything else is a key for the provider
    /// and none of ours.
    /// </summary>
    private ReadOnlySpan<char> TokenOf(IHeaderDictionary headers)
    {
        if (!headers.TryGetValue(options.Header, out var values)) return default;
        var value = values.ToString().AsSpan().Trim();
        var isBearer = value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase);
        if (isBearer) value = value[Bearer.Length..].Trim();
        if (!options.Header.Equals("Authorization", StringComparison.OrdinalIgnoreCase)) return value;
        return isBearer && value.StartsWith("eyJ", StringComparison.Ordinal) && value.Count('.') == 2 ? value : default;
    }

    private IdentityFault ReadKey(IHeaderDictionary headers, ReadOnlySpan<char> target, IdentityRules rules, ref Identification identified)
    {
        var search = new KeySearch(virtualKeys());
        search.InHeaders(headers, rules.CredentialHeader, identified.IsTokenForwarded ? null : identified.TokenHeader);
        search.InTarget(target);
        if (search.Found is not { } found)
        {
            if (search.HasOurs || (search.HasAny && rules.Key == IdentityDemand.Required)) return Count("key", IdentityFault.KeyUnknown);
            if (search.HasMisplaced) return Count("key", IdentityFault.KeyMisplaced);
            return rules.Key == IdentityDemand.Required ? Count("key", IdentityFault.KeyMissing) : IdentityFault.None;
        }

        var fault = found.Check(rules.Upstream, time.GetUtcNow());
        if (fault == IdentityFault.None && search.HasMisplaced) fault = IdentityFault.KeyMisplaced;
        if (Count("key", fault) != IdentityFault.None) return fault;
        identified = identified with
        {
            Key = found.Attribution,
            KeyId = found.Id,
            KeyHeader = rules.CredentialHeader,
            Credential = found.Credentials.TryGetValue(rules.Upstream, out var secret) ? rules.Credential(secret) : null,
        };
        return IdentityFault.None;
    }

    private static IdentityFault Count(string kind, IdentityFault fault)
    {
        IdentityMetrics.Checked(kind, fault);
        return fault;
    }
}
