using Pipeline.AllInOne.Demo;
using Pipeline.GatewayEdge;
using Pipeline.GatewayEdge.Spooling;

namespace Pipeline.AllInOne;

/// <summary>
/// What the gateway of all-in-one knows without configuration: the demo providers, and three real ones for callers who
/// bring their own keys. Everything else comes from `Gateway:Upstreams`.
/// </summary>
internal static class GatewayDefaults
{
    public static GatewayOptions Of(string data, DemoUpstreams demo) => new()
    {
        Spool = new SpoolOptions { Path = Path.Combine(data, "spool") },
        Upstreams = new Dictionary<string, UpstreamOptions>(StringComparer.OrdinalIgnoreCase)
        {
            ["demo-openai"] = new() { BaseAddress = demo.OpenAi, Api = "openai", InjectUsage = true },
            ["demo-anthropic"] = new() { BaseAddress = demo.Anthropic, Api = "anthropic" },
            ["openai"] = new() { BaseAddress = new Uri("https://api.openai.com"), Api = "openai", InjectUsage = true },
            ["anthropic"] = new() { BaseAddress = new Uri("https://api.anthropic.com"), Api = "anthropic" },
            ["google"] = new() { BaseAddress = new Uri("https://generativelanguage.googleapis.com"), Api = "google" },
        },
    };
}
