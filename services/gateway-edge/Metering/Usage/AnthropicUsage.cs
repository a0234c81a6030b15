using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Anthropic's usage: <c>input_tokens</c> is only what neither came from the cache nor went into it, so the input is a sum of three.
/// <c>iterations</c> stays in the raw object: what other passes cost is priced from there.
/// </summary>
internal static class AnthropicUsage
{
    public static void Read(JsonElement usage, UsageFigures into)
    {
        var split = UsageFigures.Child(usage, "cache_creation");
        into.CacheRead = into.Count(usage, "cache_read_input_tokens");
        into.CacheWrite5m = into.Count(split, "ephemeral_5m_input_tokens");
        into.CacheWrite1h = into.Count(split, "ephemeral_1h_input_tokens");
        into.CacheWrite = into.Count(usage, "cache_creation_input_tokens");
        if (into.CacheWrite is null && (into.CacheWrite5m ?? into.CacheWrite1h) is not null)
            into.CacheWrite = (into.CacheWrite5m ?? 0) + (into.CacheWrite1h ?? 0);

        into.Input = into.Count(usage, "input_tokens") + (into.CacheRead ?? 0) + (into.CacheWrite ?? 0);
        into.Output = into.Count(usage, "output_tokens");
        into.Reasoning = into.Count(UsageFigures.Child(usage, "output_tokens_details"), "thinking_tokens");
        into.ServiceTier = UsageFigures.Token(usage, "service_tier");
        into.Speed = UsageFigures.Token(usage, "speed");

        var tools = UsageFigures.Child(usage, "server_tool_use");
        AddCalls(into, "web_search", into.Count(tools, "web_search_requests"));
        AddCalls(into, "web_fetch", into.Count(tools, "web_fetch_requests"));
    }

    private static void AddCalls(UsageFigures into, string tool, long? calls)
    {
        if (calls is not null)
            (into.ToolCalls ??= [])[tool] = calls.Value;
    }
}
