namespace Pipeline.UsageEnricher.Intake.Otel;

/// <summary>
/// Token counts of a span. By the convention cached tokens are in the input and reasoning is in the output; instrumentations that pass a
/// provider's figures through leave them beside. Where the total is told it decides; else only what cannot be otherwise is put right.
/// </summary>
internal static class GenAiUsage
{
    /// <summary>Providers whose own input tokens are those beside the cached ones.</summary>
    private static readonly string[] CacheBeside = ["anthropic", "bedrock", "vertex"];

    /// <summary>Providers whose own output tokens are those beside reasoning.</summary>
    private static readonly string[] ReasoningBeside = ["google", "vertex", "xai"];

    public static ReportedTokens Read(OtlpAttributes attributes, string provider, CountReader counts)
    {
        var reported = new ReportedTokens
        {
            Input = counts.Read(attributes.Count(OtelNames.Input)),
            Output = counts.Read(attributes.Count(OtelNames.Output)),
            Total = counts.Read(attributes.Count(OtelNames.Total)),
            CacheRead = counts.Read(attributes.Count(OtelNames.CacheRead)),
            CacheWrite = counts.Read(attributes.Count(OtelNames.CacheWrite)),
            Reasoning = counts.Read(attributes.Count(OtelNames.Reasoning)),
            InputAudio = counts.Read(attributes.Count(OtelNames.InputAudio)),
            InputImage = counts.Read(attributes.Count(OtelNames.InputImage)),
            InputVideo = counts.Read(attributes.Count(OtelNames.InputVideo)),
            OutputAudio = counts.Read(attributes.Count(OtelNames.OutputAudio)),
            OutputImage = counts.Read(attributes.Count(OtelNames.OutputImage)),
        };
        var settled = reported.AddsUp is null ? ByBounds(reported, provider) : ByTotal(reported);
        if (!settled.InputHoldsCache) counts.Note(Correction.CacheAdded);
        if (!settled.OutputHoldsReasoning) counts.Note(Correction.ReasoningAdded);
        return settled;
    }

    /// <summary>The first reading that makes the told total, the convention's before others; the convention's when none does.</summary>
    private static ReportedTokens ByTotal(ReportedTokens reported)
    {
        if (reported.AddsUp == true) return reported;
        var (cache, reasoning) = ((reported.CacheRead ?? 0) + (reported.CacheWrite ?? 0) > 0, reported.Reasoning > 0);
        var cacheBeside = reported with { InputHoldsCache = false };
        var reasoningBeside = reported with { OutputHoldsReasoning = false };
        var bothBeside = cacheBeside with { OutputHoldsReasoning = false };
        return cache && cacheBeside.AddsUp == true ? cacheBeside
            : reasoning && reasoningBeside.AddsUp == true ? reasoningBeside
            : cache && reasoning && bothBeside.AddsUp == true ? bothBeside
            : reported;
    }

    private static ReportedTokens ByBounds(ReportedTokens reported, string provider)
    {
        var holdsCache = !((reported.CacheRead ?? 0) + (reported.CacheWrite ?? 0) > reported.Input && CacheBeside.Contains(provider));
        var holdsReasoning = !(reported.Reasoning > reported.Output && ReasoningBeside.Contains(provider));
        return reported with { InputHoldsCache = holdsCache, OutputHoldsReasoning = holdsReasoning };
    }
}
