using System.Collections.Frozen;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>One entry of the keys file.</summary>
/// <param name="Id">Recorded as api_key_id; 1-64 characters of [A-Za-z0-9_.:-].</param>
/// <param name="Hash">SHA-256 of the key.</param>
/// <param name="Upstreams">Where it may be used; null = everywhere.</param>
/// <param name="Credentials">The providers' keys by upstream.</param>
internal sealed record VirtualKey(
    string Id,
    byte[] Hash,
    bool IsDisabled,
    DateTimeOffset? ExpiresAt,
    FrozenSet<string>? Upstreams,
    VouchedAttribution Attribution,
    FrozenDictionary<string, string> Credentials)
{
    /// <summary>Never the hash, never a provider's key.</summary>
    public override string ToString() => Id;

    public IdentityFault Check(string upstream, DateTimeOffset now) =>
        IsDisabled ? IdentityFault.KeyDisabled
        : ExpiresAt <= now ? IdentityFault.KeyExpired
        : Upstreams is not null && !Upstreams.Contains(upstream) ? IdentityFault.KeyNotForUpstream
        : IdentityFault.None;
}
