using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Usage as OpenAI and its compatibles report it, under the names of chat (prompt, completion) or of responses (input, output).
/// </summary>
internal static class OpenAIUsage
{
    private const decimal UsdTicks = 10_000_000_000m;

    /// <summary>Scale of the record's money.</summary>
    private const int CostDecimals = 12;

    public static void Read(JsonElement usage, UsageFigures into)
    {
        var inputDetails = Details(usage, "prompt_tokens_details", "input_tokens_details");
        var outputDetails = Details(usage, "completion_tokens_details", "output_tokens_details");

        into.Input = into.Count(usage, "prompt_tokens") ?? into.Count(usage, "input_tokens");
        into.Output = into.Count(usage, "completion_tokens") ?? into.Count(usage, "output_tokens");
        into.Total = into.Count(usage, "total_tokens");

        // DeepSeek's older streams and Together tell the cached part outside of the details.
        into.CacheRead = into.Count(inputDetails, "cached_tokens")
            ?? into.Count(usage, "prompt_cache_hit_tokens")
            ?? into.Count(usage, "cached_tokens");
        into.CacheWrite = into.Count(inputDetails, "cache_write_tokens");
        into.InputAudio = into.Count(inputDetails, "audio_tokens");
        into.InputImage = into.Count(inputDetails, "image_tokens");
        into.Reasoning = into.Count(outputDetails, "reasoning_tokens");
        into.OutputAudio = into.Count(outputDetails, "audio_tokens");
        into.OutputImage = into.Count(outputDetails, "image_tokens");

        // Most hosts count reasoning inside the output, some beside it; only the total tells them apart.
        if (into.Reasoning > 0 && into.Total == into.Input + into.Output + into.Reasoning)
            into.Output += into.Reasoning;

        into.CostUsd = Cost(usage);
    }

    private static JsonElement Details(JsonElement usage, string chatName, string responsesName)
    {
        var details = UsageFigures.Child(usage, chatName);
        return details.ValueKind == JsonValueKind.Object ? details : UsageFigures.Child(usage, responsesName);
    }

    /// <summary>The host's own price: OpenRouter's <c>cost</c>, Perplexity's <c>cost.total_cost</c>, xAI's ticks of 1e-10 USD.</summary>
    private static decimal? Cost(JsonElement usage)
    {
        if (Number(usage, "cost") is { } cost)
            return cost;

        if (Number(UsageFigures.Child(usage, "cost"), "total_cost") is { } total)
            return total;

        return Number(usage, "cost_in_usd_ticks") is { } ticks ? Math.Round(ticks / UsdTicks, CostDecimals) : null;
    }

    private static decimal? Number(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetDecimal(out var number) && number is >= 0 and <= TokenCount.Max
            ? Math.Round(number, CostDecimals)
            : null;
}
