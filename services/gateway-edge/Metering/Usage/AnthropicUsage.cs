using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Anthropic's usage: <c>input_tokens</c> is only what neither came from the cache nor went into it, so the input is a sum of three.
/// With <c>iterations</c> (compaction, fallback, advisor) the counts above may leave passes out that are charged: then the iterations
/// are what is billed, each by its own model. A single one that repeats the counts says nothing new.
/// </summary>
internal static class AnthropicUsage
{
    public static void Read(JsonElement usage, UsageFigures into)
    {
        ReadCounts(usage, into);
        into.ServiceTier = UsageFigures.Token(usage, "service_tier");
        into.AddContext("speed", UsageFigures.Token(usage, "speed"));
        into.AddContext("inference_geo", UsageFigures.Token(usage, "inference_geo"));

        var tools = UsageFigures.Child(usage, "server_tool_use");
        into.WebSearches = into.Count(tools, "web_search_requests");
        AddCalls(into, "web_search", into.WebSearches);
        AddCalls(into, "web_fetch", into.Count(tools, "web_fetch_requests"));
        ReadIterations(usage, into);
    }

    private static void ReadCounts(JsonElement usage, UsageFigures into)
    {
        into.CacheRead = into.Count(usage, "cache_read_input_tokens");
        into.CacheWrite = into.Count(usage, "cache_creation_input_tokens");
        ReadTimesToLive(usage, into);
        into.Input = into.Count(usage, "input_tokens") + (into.CacheRead ?? 0) + (into.CacheWrite ?? 0);
        into.Output = into.Count(usage, "output_tokens");
        into.Reasoning = into.Count(UsageFigures.Child(usage, "output_tokens_details"), "thinking_tokens");
    }

    /// <summary>How long what was written is kept, in <c>cache_creation</c>; the sum where no other figure tells all that was written.</summary>
    public static void ReadTimesToLive(JsonElement usage, UsageFigures into)
    {
        var split = UsageFigures.Child(usage, "cache_creation");
        into.CacheWrite5m = into.Count(split, "ephemeral_5m_input_tokens");
        into.CacheWrite1h = into.Count(split, "ephemeral_1h_input_tokens");
        if ((into.CacheWrite5m ?? into.CacheWrite1h) is not null)
            into.CacheWrite ??= (into.CacheWrite5m ?? 0) + (into.CacheWrite1h ?? 0);
    }

    private static void ReadIterations(JsonElement usage, UsageFigures into)
    {
        if (usage.ValueKind != JsonValueKind.Object
            || !usage.TryGetProperty("iterations", out var iterations)
            || iterations.ValueKind != JsonValueKind.Array)
            return;

        foreach (var iteration in iterations.EnumerateArray())
        {
            var figures = new UsageFigures();
            ReadCounts(iteration, figures);
            if (figures.HasAny)
                BilledPass.Add(ref into.Billed, new BilledPass(UsageFigures.Token(iteration, "type") ?? BilledPass.OtherKind, Model(iteration), figures));
        }

        if (into.Billed is [var only] && only.Model is null && (only.Figures.Input ?? 0, only.Figures.Output ?? 0) == (into.Input ?? 0, into.Output ?? 0))
            into.Billed = null;
    }

    private static string? Model(JsonElement iteration) =>
        iteration.TryGetProperty("model", out var model) && model.ValueKind == JsonValueKind.String
            ? BoundedText.VisibleAscii(model.GetString())
            : null;

    private static void AddCalls(UsageFigures into, string tool, long? calls)
    {
        if (calls is not null)
            (into.ToolCalls ??= [])[tool] = calls.Value;
    }
}
