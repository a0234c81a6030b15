using System.Collections.Frozen;
using Pipeline.GatewayEdge.Metering;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>
/// Who caused a call: the caller's own headers, and OpenAI's `metadata` where they are silent. A value that breaks its rule is
/// left out and counted; it never fails the call.
/// </summary>
internal sealed class CallerAttribution(CallerKey key, FrozenSet<string>? allowedTags, Action<DropReason> dropped)
{
    /// <param name="credentials">Where the caller's key may stand.</param>
    /// <param name="route">Path pattern that the gateway matched.</param>
    public Schemas.Attribution Of(in CallerHeaders headers, in MetadataAttribution metadata, in CallerCredentials credentials, string route) => new()
    {
        Tenant = Value(headers.Tenant) ?? metadata.Tenant,
        Team = Value(headers.Team),
        User = Value(headers.User) ?? metadata.User,
        Feature = Value(headers.Feature) ?? metadata.Feature,
        Session = Value(headers.Session) ?? metadata.Session,
        Environment = Value(headers.Environment) ?? metadata.Environment,
        Variant = Value(headers.Variant),
        PromptVersion = Value(headers.PromptVersion),
        ApiKeyId = key.IdOf(credentials),
        Route = route,
        Tags = headers.Tags is null
            ? System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty
            : TagList.Read(headers.Tags, allowedTags, dropped),
    };

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
