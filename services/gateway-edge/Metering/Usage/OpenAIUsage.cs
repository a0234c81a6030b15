using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Usage as OpenAI and its compatibles report it, under the names of chat (prompt, completion) or of responses (input, output).
/// </summary>
internal static class OpenAIUsage
{
    private const decimal UsdTicks = 10_000_000_000m;
    private const string CallsSuffix = "_calls";

    public static void Read(JsonElement usage, UsageDialect dialect, UsageFigures into)
    {
        var inputDetails = Details(usage, "prompt_tokens_details", "input_tokens_details", "input_token_details");
        var outputDetails = Details(usage, "completion_tokens_details", "output_tokens_details", "output_token_details");

        into.Input = into.Count(usage, "prompt_tokens") ?? into.Count(usage, "input_tokens");
        into.Output = into.Count(usage, "completion_tokens") ?? into.Count(usage, "output_tokens");
        into.Total = into.Count(usage, "total_tokens");

        // DeepSeek's older streams, Together and Mistral's older ones tell the cached part outside of the details.
        into.CacheRead = into.Count(inputDetails, "cached_tokens")
            ?? into.Count(usage, "prompt_cache_hit_tokens")
            ?? into.Count(usage, "cached_tokens")
            ?? into.Count(usage, "num_cached_tokens");
        into.CacheWrite = into.Count(inputDetails, "cache_write_tokens");
        AnthropicUsage.ReadTimesToLive(usage, into); // OpenRouter hands them on
        into.InputAudio = into.Count(inputDetails, "audio_tokens");
        into.InputImage = into.Count(inputDetails, "image_tokens");
        into.InputVideo = into.Count(inputDetails, "video_tokens");
        into.Reasoning = into.Count(outputDetails, "reasoning_tokens");
        into.OutputAudio = into.Count(outputDetails, "audio_tokens");
        into.OutputImage = into.Count(outputDetails, "image_tokens");
        AddWhatStandsBeside(dialect, into);

        into.AddQuantity(UsageFigures.AudioSeconds, UsageFigures.Number(usage, "seconds") ?? UsageFigures.Number(usage, "prompt_audio_seconds"));
        into.AddQuantity("pages", UsageFigures.Number(usage, "pages_processed"));
        into.ToolCalls = ToolCalls(usage, into);
        ReadDeepResearch(usage, into);
        into.CostUsd = Cost(usage);
    }

    /// <summary>Embeddings write nothing: where only a total is told, it is the input.</summary>
    public static void ReadEmbeddings(JsonElement usage, UsageDialect dialect, UsageFigures into)
    {
        Read(usage, dialect, into);
        if (into.Output is > 0)
            return;

        into.Output = null;
        into.Input ??= into.Total;
    }

    /// <summary>
    /// Most hosts count details inside their totals, some beside them. The provider's total tells which; without one, the dialect does.
    /// </summary>
    private static void AddWhatStandsBeside(UsageDialect dialect, UsageFigures figures)
    {
        var sum = figures.Input + figures.Output;
        if (dialect == UsageDialect.ReasoningInTotalOnly && figures.Total > figures.Input + (figures.Output ?? 0))
        {
            figures.Reasoning ??= figures.Total - figures.Input - (figures.Output ?? 0);
            figures.Output = figures.Total - figures.Input;
            return;
        }

        if (figures.Reasoning > 0 && IsBeside(UsageDialect.ReasoningBesideCompletion, figures.Reasoning.Value))
            figures.Output += figures.Reasoning;

        if (figures.InputAudio > 0 && IsBeside(UsageDialect.AudioBesidePrompt, figures.InputAudio.Value))
            figures.Input += figures.InputAudio;

        bool IsBeside(UsageDialect needed, long part) => figures.Total is { } total ? total == sum + part : dialect == needed;
    }

    private static JsonElement Details(JsonElement usage, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (UsageFigures.Child(usage, name) is { ValueKind: JsonValueKind.Object } details)
                return details;
        }

        return default;
    }

    /// <summary>xAI counts the calls of its own tools one by one, OpenRouter the searches as Anthropic does.</summary>
    private static Dictionary<string, long>? ToolCalls(JsonElement usage, UsageFigures figures)
    {
        figures.WebSearches = figures.Count(UsageFigures.Child(usage, "server_tool_use"), "web_search_requests");
        if (figures.WebSearches is { } searches)
            return new() { ["web_search"] = searches };

        var details = UsageFigures.Child(usage, "server_side_tool_usage_details");
        if (details.ValueKind != JsonValueKind.Object)
            return null;

        Dictionary<string, long>? calls = null;
        foreach (var member in details.EnumerateObject())
        {
            if (!member.Name.EndsWith(CallsSuffix, StringComparison.Ordinal) || BoundedText.Token(member.Name) is null)
                continue;

            if (figures.Count(details, member.Name) is > 0 and var count && (calls is null || calls.Count < MeteredReply.MaxToolNames))
                (calls ??= [])[member.Name[..^CallsSuffix.Length]] = count;
        }

        return calls;
    }

    /// <summary>
    /// Perplexity's deep research reads, reasons and searches beside prompt and completion, outside of the total, and charges each.
    /// Its other models may name the same members, but not both of these.
    /// </summary>
    private static void ReadDeepResearch(JsonElement usage, UsageFigures into)
    {
        if (into.Count(usage, "citation_tokens") is not { } citations || into.Count(usage, "num_search_queries") is not { } searches)
            return;

        into.AddQuantity("citation_tokens", citations);
        into.AddQuantity("reasoning_tokens", into.Count(usage, "reasoning_tokens"));
        (into.ToolCalls ??= [])["web_search"] = searches;
    }

    /// <summary>The host's own price: OpenRouter's <c>cost</c>, Perplexity's <c>cost.total_cost</c>, xAI's ticks of 1e-10 USD.</summary>
    private static decimal? Cost(JsonElement usage) =>
        UsageFigures.Number(usage, "cost")
        ?? UsageFigures.Number(UsageFigures.Child(usage, "cost"), "total_cost")
        ?? UsageFigures.Number(usage, "cost_in_usd_ticks", UsdTicks * TokenCount.Max) / UsdTicks;
}
