using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Enriching.Estimating;

/// <summary>What a call had and the method leaves out, by name. Lists are made once: two calls that lack the same share one.</summary>
internal static class NotCounted
{
    private static readonly string[] Names = ["input_tokens", "cache_read", "cache_write", "input_media", "tool_calls"];

    private static readonly IReadOnlyList<string>[] Lists =
        [.. Enumerable.Range(0, 1 << Names.Length).Select(static mask => (IReadOnlyList<string>)[.. Names.Where((_, bit) => (mask >> bit & 1) != 0)])];

    public static IReadOnlyList<string> Of(LLMUsageAudit call)
    {
        if (call.Usage is not { } usage) return Lists[0];
        var read = usage.CacheRead > 0;
        var written = usage.CacheWrite > 0 || usage.CacheWrite5m > 0 || usage.CacheWrite1h > 0;
        var media = usage.InputAudio > 0 || usage.InputImage > 0 || usage.InputVideo > 0;
        var input = usage.InputTotal > 0 || usage.InputUncached > 0 || usage.ToolUsePrompt > 0 || usage.Overlaps.Count > 0;
        return Lists[Bit(input || read || written || media, 0) | Bit(read, 1) | Bit(written, 2) | Bit(media, 3) | Bit(HasCalls(call.ToolCalls), 4)];
    }

    private static int Bit(bool isSet, int bit) => isSet ? 1 << bit : 0;

    private static bool HasCalls(IReadOnlyDictionary<string, long> calls)
    {
        if (calls.Count == 0) return false;
        foreach (var (_, count) in calls)
            if (count > 0) return true;
        return false;
    }
}
