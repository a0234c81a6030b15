using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Gemini's usageMetadata: the prompt includes cached content, results of built-in tools stand beside it, thoughts stand beside the
/// candidates. Candidates are left out when nothing but thoughts was written: absent means 0 there.
/// </summary>
internal static class GoogleUsage
{
    private enum Modality
    {
        Text,
        Image,
        Video,
        Audio,
    }

    public static void Read(JsonElement usage, UsageFigures into)
    {
        var prompt = into.Count(usage, "promptTokenCount");
        var candidates = into.Count(usage, "candidatesTokenCount");
        into.ToolUsePrompt = into.Count(usage, "toolUsePromptTokenCount");
        into.Reasoning = into.Count(usage, "thoughtsTokenCount");
        into.CacheRead = into.Count(usage, "cachedContentTokenCount");
        into.Total = into.Count(usage, "totalTokenCount");
        into.Input = prompt + (into.ToolUsePrompt ?? 0);

        // A snapshot at the start of a stream has only the prompt: nothing was written yet, so 0 is right as well.
        if ((candidates ?? into.Reasoning ?? prompt) is not null)
            into.Output = (candidates ?? 0) + (into.Reasoning ?? 0);

        ReadInputModalities(usage, "promptTokensDetails", into);
        into.CacheReadAudio = Of(usage, "cacheTokensDetails", Modality.Audio, into);
        into.CacheReadImage = Of(usage, "cacheTokensDetails", Modality.Image, into);
        into.CacheReadVideo = Of(usage, "cacheTokensDetails", Modality.Video, into);
        into.OutputAudio = Of(usage, "candidatesTokensDetails", Modality.Audio, into);
        into.OutputImage = Of(usage, "candidatesTokensDetails", Modality.Image, into);
        into.ServiceTier = UsageFigures.Token(usage, "serviceTier") ?? NameOrNumber(usage, "trafficType");
    }

    /// <summary>Nothing is written; the list of modalities is spelled in two ways.</summary>
    public static void ReadEmbeddings(JsonElement usage, UsageFigures into)
    {
        into.Input = into.Count(usage, "promptTokenCount");
        into.Total = into.Count(usage, "totalTokenCount");
        ReadInputModalities(usage, usage.TryGetProperty("promptTokenDetails", out _) ? "promptTokenDetails" : "promptTokensDetails", into);
        into.ServiceTier = UsageFigures.Token(usage, "serviceTier") ?? NameOrNumber(usage, "trafficType");
    }

    /// <summary>Interactions: the same readings under other names, results of tools and thoughts beside input and output.</summary>
    public static void ReadInteraction(JsonElement usage, UsageFigures into)
    {
        into.ToolUsePrompt = into.Count(usage, "total_tool_use_tokens");
        into.Reasoning = into.Count(usage, "total_thought_tokens");
        into.CacheRead = into.Count(usage, "total_cached_tokens");
        into.Total = into.Count(usage, "total_tokens");
        into.Input = into.Count(usage, "total_input_tokens") + (into.ToolUsePrompt ?? 0);
        var output = into.Count(usage, "total_output_tokens");
        if ((output ?? into.Reasoning) is not null)
            into.Output = (output ?? 0) + (into.Reasoning ?? 0);

        ReadInputModalities(usage, "input_tokens_by_modality", into);
        into.CacheReadAudio = Of(usage, "cached_tokens_by_modality", Modality.Audio, into);
        into.CacheReadImage = Of(usage, "cached_tokens_by_modality", Modality.Image, into);
        into.CacheReadVideo = Of(usage, "cached_tokens_by_modality", Modality.Video, into);
        into.OutputAudio = Of(usage, "output_tokens_by_modality", Modality.Audio, into);
        into.OutputImage = Of(usage, "output_tokens_by_modality", Modality.Image, into);
    }

    private static void ReadInputModalities(JsonElement usage, string list, UsageFigures into)
    {
        into.InputAudio = Of(usage, list, Modality.Audio, into);
        into.InputImage = Of(usage, list, Modality.Image, into);
        into.InputVideo = Of(usage, list, Modality.Video, into);
    }

    /// <summary>Clients with enum-encoding=int get numbers.</summary>
    private static string? NameOrNumber(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            ? BoundedText.Token(value.GetRawText())
            : UsageFigures.Token(parent, name);

    /// <summary>Tokens of one modality in a list of {modality, tokenCount}; null when the list does not name it.</summary>
    private static long? Of(JsonElement usage, string list, Modality wanted, UsageFigures into)
    {
        if (usage.ValueKind != JsonValueKind.Object
            || !usage.TryGetProperty(list, out var entries)
            || entries.ValueKind != JsonValueKind.Array)
            return null;

        long? sum = null;
        foreach (var entry in entries.EnumerateArray())
        {
            if (entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("modality", out var modality) && Parse(modality) == wanted)
                sum = (sum ?? 0) + (into.Count(entry, "tokenCount") ?? into.Count(entry, "tokens") ?? 0);
        }

        return sum;
    }

    /// <summary>By name (interactions write it small), or by number for clients with enum-encoding=int. Documents are paid as images.</summary>
    private static Modality? Parse(JsonElement modality) => modality.ValueKind switch
    {
        JsonValueKind.String => modality.GetString() switch
        {
            "TEXT" or "text" => Modality.Text,
            "IMAGE" or "image" or "DOCUMENT" or "document" => Modality.Image,
            "VIDEO" or "video" => Modality.Video,
            "AUDIO" or "audio" => Modality.Audio,
            _ => null,
        },
        JsonValueKind.Number => modality.TryGetInt32(out var number)
            ? number switch
            {
                1 => Modality.Text,
                2 or 5 => Modality.Image,
                3 => Modality.Video,
                4 => Modality.Audio,
                _ => null,
            }
            : null,
        _ => null,
    };
}
