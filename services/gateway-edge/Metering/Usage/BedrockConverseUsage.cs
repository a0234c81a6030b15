using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Bedrock converse: <c>inputTokens</c> leaves the cache out, so the input is a sum of three. Both spellings of the cache's members
/// come together and say the same.
/// </summary>
internal static class BedrockConverseUsage
{
    /// <param name="mayHoldCache">
    /// Streams of OpenAI's models, as users measured: <c>inputTokens</c> holds the cache, and <c>totalTokens</c> counts it twice. The
    /// same call unstreamed leaves it out like any other model.
    /// </param>
    public static void Read(JsonElement usage, bool mayHoldCache, UsageFigures into)
    {
        into.CacheRead = into.Count(usage, "cacheReadInputTokens") ?? into.Count(usage, "cacheReadInputTokenCount");
        into.CacheWrite = into.Count(usage, "cacheWriteInputTokens") ?? into.Count(usage, "cacheWriteInputTokenCount");
        ReadTimesToLive(usage, into);
        var cached = (into.CacheRead ?? 0) + (into.CacheWrite ?? 0);
        into.Input = into.Count(usage, "inputTokens");
        if (!mayHoldCache || into.Input < cached)
            into.Input += cached;

        into.Output = into.Count(usage, "outputTokens");
        into.Total = into.Count(usage, "totalTokens");
        into.ServiceTier = UsageFigures.Token(usage, "serviceTier");
    }

    /// <summary>The cache writes by time to live: <c>cacheDetails: [{ttl, inputTokens}]</c>.</summary>
    private static void ReadTimesToLive(JsonElement usage, UsageFigures into)
    {
        if (usage.ValueKind != JsonValueKind.Object
            || !usage.TryGetProperty("cacheDetails", out var details)
            || details.ValueKind != JsonValueKind.Array)
            return;

        foreach (var detail in details.EnumerateArray())
        {
            var tokens = into.Count(detail, "inputTokens");
            switch (UsageFigures.Token(detail, "ttl"))
            {
                case "5m":
                    into.CacheWrite5m = Sum(into.CacheWrite5m, tokens);
                    break;
                case "1h":
                    into.CacheWrite1h = Sum(into.CacheWrite1h, tokens);
                    break;
            }
        }

        if ((into.CacheWrite5m ?? into.CacheWrite1h) is not null)
            into.CacheWrite ??= (into.CacheWrite5m ?? 0) + (into.CacheWrite1h ?? 0);
    }

    private static long? Sum(long? first, long? second) => first is null ? second : first + (second ?? 0);
}
