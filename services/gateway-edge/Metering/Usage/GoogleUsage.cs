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

        into.InputAudio = Of(usage, "promptTokensDetails", Modality.Audio, into);
        into.InputImage = Of(usage, "promptTokensDetails", Modality.Image, into);
        into.InputVideo = Of(usage, "promptTokensDetails", Modality.Video, into);
        into.CacheReadAudio = Of(usage, "cacheTokensDetails", Modality.Audio, into);
        into.CacheReadImage = Of(usage, "cacheTokensDetails", Modality.Image, into);
        into.CacheReadVideo = Of(usage, "cacheTokensDetails", Modality.Video, into);
        into.OutputAudio = Of(usage, "candidatesTokensDetails", Modality.Audio, into);
        into.OutputImage = Of(usage, "candidatesTokensDetails", Modality.Image, into);
        into.ServiceTier = UsageFigures.Token(usage, "serviceTier") ?? UsageFigures.Token(usage, "trafficType");
    }

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
                sum = (sum ?? 0) + (into.Count(entry, "tokenCount") ?? 0);
        }

        return sum;
    }

    /// <summary>By name, or by number for clients with enum-encoding=int. Documents are paid as images.</summary>
    private static Modality? Parse(JsonElement modality) => modality.ValueKind switch
    {
        JsonValueKind.String => modality.GetString() switch
        {
            "TEXT" => Modality.Text,
            "IMAGE" or "DOCUMENT" => Modality.Image,
            "VIDEO" => Modality.Video,
            "AUDIO" => Modality.Audio,
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
