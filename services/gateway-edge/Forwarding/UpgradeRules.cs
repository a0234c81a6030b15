using Microsoft.AspNetCore.Http;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>Requests to change the protocol of the connection.</summary>
internal static class UpgradeRules
{
    /// <summary>`Upgrade: h2c` is only an offer, made by default by some clients (Java's): it is taken no notice of. Others ask for something else than a reply.</summary>
    public static bool IsRefused(IHeaderDictionary headers) =>
        headers.Connection.Count > 0
        && headers.Upgrade.Count > 0
        && HeaderRules.IsNamedBy(headers.Connection.ToString(), "Upgrade")
        && !headers.Upgrade.ToString().Equals("h2c", StringComparison.OrdinalIgnoreCase);
}
