using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Intake;

/// <summary>
/// Token counts as a source reports them: totals and what is told to be in them. Null = not told. Becomes one disjoint vector.
/// </summary>
internal sealed record ReportedTokens
{
    public const long MaxCount = 1_000_000_000_000;

    public long? Input { get; init; }

    public long? Output { get; init; }

    /// <summary>Input and output together.</summary>
    public long? Total { get; init; }

    public long? CacheRead { get; init; }

    public long? CacheWrite { get; init; }

    public long? Reasoning { get; init; }

    public long? InputAudio { get; init; }

    public long? InputImage { get; init; }

    public long? InputVideo { get; init; }

    public long? OutputAudio { get; init; }

    public long? OutputImage { get; init; }

    /// <summary>False = cached tokens stand beside <see cref="Input"/>.</summary>
    public bool InputHoldsCache { get; init; } = true;

    /// <summary>False = reasoning stands beside <see cref="Output"/>.</summary>
    public bool OutputHoldsReasoning { get; init; } = true;

    /// <summary>Cached tokens stand beside <see cref="Input"/> and are not told: the whole input is not known.</summary>
    public bool IsInputOnlyUncached { get; init; }

    public bool IsEmpty => (Input ?? Output ?? Total ?? CacheRead ?? CacheWrite ?? Reasoning) is null;

    public long? InputTotal => IsInputOnlyUncached ? null : InputHoldsCache || Input is null ? Input : Input + (CacheRead ?? 0) + (CacheWrite ?? 0);

    public long? OutputTotal => OutputHoldsReasoning || Output is null ? Output : Output + (Reasoning ?? 0);

    /// <summary>Whether input and output make the total; null when one of the three is not told.</summary>
    public bool? AddsUp => (Total, InputTotal, OutputTotal) switch
    {
        ({ } total, { } input, { } output) => total == input + output,
        ({ } total, { } input, null) => total == input ? true : null,
        _ => null,
    };

    /// <summary>What the totals hold beyond their told parts is text; parts beyond their total are cut to it, and the usage is inconsistent.</summary>
    public (TokenUsage? Usage, UsageQuality Quality) ToUsage()
    {
        if (IsEmpty) return (null, UsageQuality.Unknown);
        var (input, output) = (IsInputOnlyUncached ? Input : InputTotal, OutputTotal);
        var (cacheRead, cacheWrite) = (CacheRead, CacheWrite);
        var inputRest = Rest(input, cacheRead, cacheWrite, InputAudio, InputImage, InputVideo);
        if (inputRest < 0)
        {
            cacheRead = Math.Min(cacheRead ?? 0, input!.Value);
            cacheWrite = cacheWrite is null ? null : Math.Min(cacheWrite.Value, input.Value - cacheRead.Value);
        }

        var outputRest = Rest(output, Reasoning, OutputAudio, OutputImage);
        var usage = new TokenUsage
        {
            InputUncached = inputRest is null ? null : Math.Max(0, inputRest.Value),
            CacheRead = cacheRead,
            CacheWrite = cacheWrite,
            InputAudio = InputAudio,
            InputImage = InputImage,
            InputVideo = InputVideo,
            OutputText = outputRest is null ? null : Math.Max(0, outputRest.Value),
            Reasoning = outputRest < 0 ? Math.Min(Reasoning ?? 0, output!.Value) : Reasoning,
            OutputAudio = OutputAudio,
            OutputImage = OutputImage,
            InputTotal = InputTotal,
            OutputTotal = OutputTotal,
            ProviderTotal = Total,
            CachedReported = CacheRead,
        };
        var isBroken = inputRest < 0 || outputRest < 0 || AddsUp == false;
        return (usage, isBroken ? UsageQuality.Inconsistent : AddsUp == true ? UsageQuality.Consistent : UsageQuality.Unknown);
    }

    private static long? Rest(long? total, params ReadOnlySpan<long?> parts)
    {
        if (total is not { } rest) return null;
        foreach (var part in parts) rest -= part ?? 0;
        return rest;
    }
}
