namespace Pipeline.Mutations.Tests;

/// <summary>The extractors: where each figure of a reply comes from and what belongs to what.</summary>
internal static class MeteringMutations
{
    private const string Folder = "services/gateway-edge/Metering/";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        In("Usage/OpenAIUsage.cs", "output is the completion", "\"completion_tokens\") ?? into.Count(usage, \"output_tokens\")", "\"output_tokens\")"),
        In("Usage/OpenAIUsage.cs", "cached tokens are in the details", "into.Count(inputDetails, \"cached_tokens\")", "(long?)null"),
        In("Usage/OpenAIUsage.cs", "cache hits outside of the details", "?? into.Count(usage, \"prompt_cache_hit_tokens\")", ""),
        In("Usage/OpenAIUsage.cs", "cached tokens at the top level", "?? into.Count(usage, \"cached_tokens\")", ""),
        In("Usage/OpenAIUsage.cs", "cache writes", "into.Count(inputDetails, \"cache_write_tokens\")", "null"),
        In("Usage/OpenAIUsage.cs", "reasoning beside the output", "into.Output += into.Reasoning", "into.Output += 0"),
        In("Usage/OpenAIUsage.cs", "reasoning inside the output", "into.Total == into.Input + into.Output + into.Reasoning", "true"),
        In("Usage/OpenAIUsage.cs", "audio that was read", "into.InputAudio = into.Count(inputDetails, \"audio_tokens\")", "into.InputAudio = null"),
        In("Usage/OpenAIUsage.cs", "ticks are 1e-10 USD", "10_000_000_000m", "1_000_000_000m"),
        In("Usage/OpenAIUsage.cs", "total cost inside an object", "\"total_cost\"", "\"cost\""),
        In("Usage/AnthropicUsage.cs", "input includes what was read from the cache", "(into.CacheRead ?? 0) +", ""),
        In("Usage/AnthropicUsage.cs", "input includes what was written to the cache", " + (into.CacheWrite ?? 0);", ";"),
        In("Usage/AnthropicUsage.cs", "writes for an hour", "into.Count(split, \"ephemeral_1h_input_tokens\")", "null"),
        In("Usage/AnthropicUsage.cs", "searches", "\"web_search_requests\"", "\"web_searches\""),
        In("Usage/GoogleUsage.cs", "tool results are input", "prompt + (into.ToolUsePrompt ?? 0)", "prompt"),
        In("Usage/GoogleUsage.cs", "thoughts are output", "(candidates ?? 0) + (into.Reasoning ?? 0)", "(candidates ?? 0)"),
        In("Usage/GoogleUsage.cs", "absent candidates are 0", "(candidates ?? into.Reasoning ?? prompt) is not null", "candidates is not null"),
        In("Usage/GoogleUsage.cs", "modalities as numbers", "4 => Modality.Audio", "9 => Modality.Audio"),
        In("Usage/TokenVector.cs", "parts are disjoint", "return all - Sum();", "return all;"),
        In("Usage/TokenVector.cs", "the total is checked", "isConsistent &= total == read + (output ?? 0);", "isConsistent &= true;"),
        In("Usage/TokenVector.cs", "a part above its whole is clamped", "count = whole;\n                IsConsistent = false;", "count = whole;"),
        In("Usage/TokenVector.cs", "unknown is not zero", "if (whole is not { } all)\n                return null;", "if (whole is not { } all)\n                return 0;"),
        In("Usage/TokenCount.cs", "negative counts are not believed", "return count is >= 0 and <= Max;", "return count <= Max;"),
        In("Usage/TokenCount.cs", "counts may be written as decimals", "number == Math.Floor(number)", "false"),
        In("Usage/ReplyConclusion.cs", "a broken stream is partial", "reply.IsComplete ? UsageSource.Provider : UsageSource.Partial", "UsageSource.Provider"),
        In("Readers/OpenAIEmbeddingsReader.cs", "embeddings have usage", "OpenAIUsage.Read(usage, into)", "_ = usage"),
        In("Scanning/EventStreamScanner.cs", "lines may end in CRLF", "(byte)'\\r'", "(byte)'\\v'"),
    ];

    private static Mutation In(string file, string rule, string original, string mutant) => new(Suite.Metering, rule, Folder + file, original, mutant);
}
