using Pipeline.GatewayEdge.Metering;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>Where one target leads. Kept with the connection: most callers send the same target again and again.</summary>
/// <param name="Pattern">The event's route: upstream and path pattern, without any value out of the path.</param>
/// <param name="Query">The query without `?`; only for finding the caller's key.</param>
internal sealed record Route(Upstream Upstream, Uri Address, ApiMatch Match, string Pattern, string Query)
{
    /// <summary>`/openai/*/chat/completions`: what stands between upstream and known end is the base path's business.</summary>
    public static string PatternOf(string upstream, in ApiMatch match) => $"/{upstream}/*{match.Pattern}";
}
