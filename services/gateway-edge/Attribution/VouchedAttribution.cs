using System.Collections.ObjectModel;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>
/// Attribution that the caller cannot choose: of a virtual key's entry or of a verified token's claims. Every value already keeps the rule
/// of <see cref="AttributionText"/>.
/// </summary>
internal sealed record VouchedAttribution
{
    public string? Tenant { get; init; }
    public string? Team { get; init; }
    public string? User { get; init; }
    public string? Feature { get; init; }
    public string? Session { get; init; }
    public string? Environment { get; init; }

    /// <summary>At most <see cref="TagList.MaxTags"/>.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}
