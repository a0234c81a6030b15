using System.Collections.Frozen;
using System.Collections.ObjectModel;
using Pipeline.GatewayEdge.Metering;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>
/// Who caused a call, each value from the first that has it: virtual key, verified token, the caller's headers, the body's metadata. What an
/// operator or an issuer vouches for stands above what a caller says of itself. A value that breaks its rule is left out and counted; it
/// never fails the call.
/// </summary>
internal sealed class CallerAttribution(CallerKey key, FrozenSet<string>? allowedTags, Action<DropReason> dropped)
{
    /// <param name="credentials">Where the caller's key may stand.</param>
    /// <param name="route">Path pattern that the gateway matched.</param>
    /// <param name="metadataTags">Tags of the body's metadata; null = none are taken.</param>
    public Schemas.Attribution Of(
        in CallerHeaders headers, in MetadataAttribution metadata, in CallerCredentials credentials, string route,
        Identification? identified = null, IReadOnlyDictionary<string, string>? metadataTags = null)
    {
        var (byKey, byToken) = (identified?.Key, identified?.Token);
        return new()
        {
            Tenant = byKey?.Tenant ?? byToken?.Tenant ?? Value(headers.Tenant) ?? Value(metadata.Tenant) ?? Value(metadata.TenantSlug),
            Team = byKey?.Team ?? byToken?.Team ?? Value(headers.Team),
            User = byKey?.User ?? byToken?.User ?? Value(headers.User) ?? Value(metadata.User),
            Feature = byKey?.Feature ?? byToken?.Feature ?? Value(headers.Feature) ?? Value(metadata.Feature),
            Session = byKey?.Session ?? byToken?.Session ?? Value(headers.Session) ?? Value(metadata.Session),
            Environment = byKey?.Environment ?? byToken?.Environment ?? Value(headers.Environment) ?? Value(metadata.Environment),
            Variant = Value(headers.Variant),
            PromptVersion = Value(headers.PromptVersion),
            ApiKeyId = identified?.KeyId ?? key.IdOf(credentials),
            Route = route,
            Tags = Tags(byKey?.Tags, byToken?.Tags, headers.Tags is null ? null : TagList.Read(headers.Tags, allowedTags, dropped), metadataTags),
        };
    }

    /// <summary>All names together, at most <see cref="TagList.MaxTags"/>; of one name the first source counts.</summary>
    private IReadOnlyDictionary<string, string> Tags(params ReadOnlySpan<IReadOnlyDictionary<string, string>?> sources)
    {
        IReadOnlyDictionary<string, string> tags = ReadOnlyDictionary<string, string>.Empty;
        Dictionary<string, string>? merged = null;
        foreach (var source in sources)
        {
            if (source is null || source.Count == 0) continue;
            if (tags.Count == 0)
            {
                tags = source;
                continue;
            }

            merged ??= new Dictionary<string, string>(tags, StringComparer.Ordinal);
            tags = merged;
            foreach (var (name, value) in source)
            {
                if (merged.ContainsKey(name)) continue;
                if (merged.Count < TagList.MaxTags) merged[name] = value;
                else dropped(DropReason.TooMany);
            }
        }

        return tags;
    }

    private string? Value(in MetadataValue value)
    {
        if (value.Fault != DropReason.None) dropped(value.Fault);
        return value.Text;
    }

    private string? Value(string? header)
    {
        if (header is null) return null;
        if (ReferenceEquals(header, CallerHeaders.GivenTwice))
        {
            dropped(DropReason.Ambiguous);
            return null;
        }

        var reason = AttributionText.Read(header, out var value);
        if (reason != DropReason.None) dropped(reason);
        return value;
    }
}
