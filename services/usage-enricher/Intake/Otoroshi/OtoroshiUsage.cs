using System.Globalization;
using System.Text;

namespace Pipeline.UsageEnricher.Intake.Otoroshi;

/// <summary>
/// Token counts of an Otoroshi event, with what its clients get wrong put right: -1 for what is not known, Gemini's total as
/// generated tokens, reasoning as if it stood beside the output it is in.
/// </summary>
internal static class OtoroshiUsage
{
    /// <summary>Members of `usage`, as ChatResponseMetadataUsage writes it, and as the OpenAI-like outputs of other models do.</summary>
    private static readonly string[] Kept = ["prompt_tokens", "generation_tokens", "reasoning_tokens", "completion_tokens", "input_tokens", "output_tokens", "total_tokens"];

    /// <param name="usage">The provider's counts as Otoroshi keeps them.</param>
    /// <param name="isResponses">The call was one of the Responses API, where reasoning is a part of the output with every provider.</param>
    /// <param name="geminiReportsTotal">Gemini's generated tokens are its total.</param>
    public static ReportedTokens Read(ForeignMember usage, string provider, bool isResponses, bool geminiReportsTotal, CountReader counts)
    {
        var details = usage["input_tokens_details"];
        var reported = new ReportedTokens
        {
            Input = counts.Read(usage["prompt_tokens"]) ?? counts.Read(usage["input_tokens"]),
            Output = counts.Read(usage["generation_tokens"]) ?? counts.Read(usage["completion_tokens"]) ?? counts.Read(usage["output_tokens"]),
            Reasoning = counts.Read(usage["reasoning_tokens"]),
            Total = counts.Read(usage["total_tokens"]),
            CacheRead = counts.Read(details["cached_tokens"]),
            InputImage = counts.Read(details["image_tokens"]),
            InputAudio = counts.Read(details["audio_tokens"]),
        };
        if (reported.IsEmpty) return reported;

        if (reported.CacheRead is null) counts.Note(Correction.CacheNotTold);
        reported = provider switch
        {
            "google" when geminiReportsTotal => WithoutGeminiTotal(reported, counts),
            // The provider's input tokens are those beside the cached ones, which Otoroshi drops.
            "anthropic" when reported.CacheRead is null => reported with { IsInputOnlyUncached = true },
            _ => reported,
        };
        if (reported.Reasoning is not > 0) return reported;
        if (provider == "xai" && !isResponses)
        {
            counts.Note(Correction.ReasoningAdded);
            return reported with { OutputHoldsReasoning = false };
        }

        counts.Note(Correction.ReasoningChargedTwice);
        return reported;
    }

    /// <summary>Counts as reported, for `provider_usage`; null when there are none.</summary>
    public static string? AsReported(ForeignMember usage)
    {
        var json = new StringBuilder();
        foreach (var name in Kept)
            if (usage[name].Whole is { } count) json.Append(json.Length == 0 ? "{" : ",").Append(CultureInfo.InvariantCulture, $"\"{name}\":{count}");
        return json.Length == 0 ? null : json.Append('}').ToString();
    }

    /// <summary>A total is no less than the prompt in it: what is less cannot be one, and is left as it is.</summary>
    private static ReportedTokens WithoutGeminiTotal(ReportedTokens reported, CountReader counts)
    {
        if (reported is not { Input: { } input, Output: { } total } || total < input) return reported;
        counts.Note(Correction.GeminiTotalAsOutput);
        return reported with { Output = total - input, Total = total };
    }
}
