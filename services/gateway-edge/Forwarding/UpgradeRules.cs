using Microsoft.AspNetCore.Http;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>Requests to change the protocol of the connection.</summary>
internal static class UpgradeRules
{
    /// <summary>`Upgrade: h2c` is only an offer, made by default by some clients (Java's): it is taken no notice of. Others ask for something else than a reply.</summary>
    /// <remarks>Connection is not asked: Kestrel shows it as `keep-alive` alone when that is among its names.</remarks>
    public static bool IsRefused(IHeaderDictionary headers) =>
        headers.Upgrade.Count > 0 && !headers.Upgrade.ToString().Equals("h2c", StringComparison.OrdinalIgnoreCase);
}
