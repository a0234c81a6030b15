using System.Diagnostics.Metrics;
using Pipeline.Runtime.Telemetry;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>What identification counts. Labels are of closed sets.</summary>
internal static class IdentityMetrics
{
    private static readonly Counter<long> Checks = PipelineMeter.Counter(
        "pipeline_gateway_identity_checks_total", "Tokens and virtual keys that were looked at, by what came of it (accepted or the reason).", "kind", "outcome");

    private static readonly Counter<long> Loads = PipelineMeter.Counter(
        "pipeline_gateway_identity_loads_total", "Times that keys were read anew: loaded, or failed with the earlier ones kept.", "source", "outcome");

    // Boxed once: a counter's tag is an object.
    private static readonly object[] FaultNames = [.. Enum.GetValues<IdentityFault>().Select(static fault => (object)(fault == IdentityFault.None ? "accepted" : fault.Name()))];

    public static void Checked(string kind, IdentityFault fault) =>
        Checks.Add(1, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("outcome", FaultNames[(int)fault]));

    public static void Loaded(string source, bool isOk) =>
        Loads.Add(1, new KeyValuePair<string, object?>("source", source), new KeyValuePair<string, object?>("outcome", isOk ? "loaded" : "failed"));

    /// <summary>The fault in snake_case.</summary>
    public static string Name(this IdentityFault fault) =>
        string.Concat(fault.ToString().Select(static (character, i) => char.IsUpper(character) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(character) : character.ToString()));
}
