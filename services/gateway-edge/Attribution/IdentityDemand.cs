namespace Pipeline.GatewayEdge.Attribution;

/// <summary>Whether callers have to show who they are.</summary>
public enum IdentityDemand
{
    /// <summary>Not looked for.</summary>
    Off,

    /// <summary>Counts where it is there and right; a call without it goes on.</summary>
    Optional,

    /// <summary>A call without it is refused with 401.</summary>
    Required,
}
