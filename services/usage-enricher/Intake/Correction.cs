namespace Pipeline.UsageEnricher.Intake;

/// <summary>What an import changed or could not know, as events' `corrections` say it; docs/imports.md explains each.</summary>
internal static class Correction
{
    /// <summary>A count of -1 means that it was not told.</summary>
    public const string MinusOneUnknown = "minus_one_unknown";

    /// <summary>Gemini's total stood as generated tokens; the prompt was taken out.</summary>
    public const string GeminiTotalAsOutput = "gemini_total_as_output";

    /// <summary>Reasoning is a part of the output, and the source charged it a second time.</summary>
    public const string ReasoningChargedTwice = "reasoning_charged_twice";

    /// <summary>Reasoning is not in the source's output; it was added.</summary>
    public const string ReasoningAdded = "reasoning_added_to_output";

    /// <summary>Cached tokens are not in the source's input; they were added.</summary>
    public const string CacheAdded = "cache_added_to_input";

    /// <summary>The source does not tell cached tokens.</summary>
    public const string CacheNotTold = "cache_not_told";

    /// <summary>The source does not tell how long the call took.</summary>
    public const string DurationNotTold = "duration_not_told";

    /// <summary>The source counts beyond 1e12 or below -1; such counts are left out.</summary>
    public const string CountOutOfBounds = "count_out_of_bounds";

    /// <summary>The source's attribute names are of an older convention.</summary>
    public const string OlderNames = "older_names";
}
