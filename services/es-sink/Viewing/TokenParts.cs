using Pipeline.Schemas;

namespace Pipeline.EsSink.Viewing;

/// <summary>The parts of the disjoint token vector by number, and behind them the provider's two totals.</summary>
public static class TokenParts
{
    /// <summary>Of the disjoint vector.</summary>
    public const int Count = 13;

    /// <summary>Parts before it belong to the input.</summary>
    public const int FirstOutput = 9;

    internal const int InputTotal = Count;
    internal const int OutputTotal = Count + 1;

    /// <summary>Parts and totals.</summary>
    internal const int Figures = Count + 2;

    /// <summary>A count above it is none, as in the aggregates.</summary>
    private const long MaxTokens = 1_000_000_000_000;

    public static readonly IReadOnlyList<string> Names =
    [
        "input_uncached", "cache_read", "cache_write", "cache_write_5m", "cache_write_1h", "input_audio", "input_image", "input_video",
        "tool_use_prompt", "output_text", "reasoning", "output_audio", "output_image",
    ];

    /// <returns>The reported count; null = not reported.</returns>
    public static long? Read(TokenUsage usage, int part) => part switch
    {
        0 => usage.InputUncached,
        1 => usage.CacheRead,
        2 => usage.CacheWrite,
        3 => usage.CacheWrite5m,
        4 => usage.CacheWrite1h,
        5 => usage.InputAudio,
        6 => usage.InputImage,
        7 => usage.InputVideo,
        8 => usage.ToolUsePrompt,
        9 => usage.OutputText,
        10 => usage.Reasoning,
        11 => usage.OutputAudio,
        12 => usage.OutputImage,
        InputTotal => usage.InputTotal,
        OutputTotal => usage.OutputTotal,
        _ => throw new ArgumentOutOfRangeException(nameof(part)),
    };

    /// <summary>What is no count is not known, and unknown adds nothing.</summary>
    internal static long Counted(TokenUsage usage, int part) => Read(usage, part) is { } count and >= 0 and <= MaxTokens ? count : 0;
}
