using System.Numerics;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Pricing;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>
/// Turns an event's disjoint token parts into the catalogue's inclusive figures: each part is added to every unit that
/// contains it. Parts have dimensions as units have, so that a unit new to the catalogue needs nothing here.
/// </summary>
internal sealed class InclusiveUsage
{
    private readonly UnitRegistry _units;
    private readonly Dictionary<string, ulong> _overlaps = new(StringComparer.Ordinal);
    private readonly ulong _input, _inputText, _cacheRead, _cacheWrite, _cacheWrite5m, _cacheWrite1h;
    private readonly ulong _inputAudio, _inputImage, _inputVideo, _inputTool;
    private readonly Dictionary<string, ulong> _beside;
    private readonly ulong _output, _outputText, _reasoning, _outputAudio, _outputImage;

    public InclusiveUsage(UnitRegistry units)
    {
        _units = units;
        _input = Around("input");
        _inputText = Around("input", "text");
        _cacheRead = Around("input", "text", "cache_read");
        _cacheWrite = Around("input", "text", "cache_write");
        _cacheWrite5m = Around("input", "text", "cache_write", "5m");
        _cacheWrite1h = Around("input", "text", "cache_write", "1h");
        _inputAudio = Around("input", "audio");
        _inputImage = Around("input", "image");
        _inputVideo = Around("input", "video");
        _inputTool = Around("input", null, "tool");
        _output = Around("output");
        _outputText = Around("output", "text");
        _reasoning = Around("output", "text", "reasoning");
        _outputAudio = Around("output", "audio");
        _outputImage = Around("output", "image");
        _beside = new(StringComparer.Ordinal) { ["reasoning_tokens"] = _reasoning, ["citation_tokens"] = Around("output", "text", "citation") };
        foreach (var modality in (string[])["audio", "image", "video"])
        {
            _overlaps[$"cache_read_{modality}"] = Around("input", modality, "cache_read");
            _overlaps[$"cache_write_{modality}"] = Around("input", modality, "cache_write");
            _overlaps[$"cache_write_5m_{modality}"] = Around("input", modality, "cache_write", "5m");
            _overlaps[$"cache_write_1h_{modality}"] = Around("input", modality, "cache_write", "1h");
            _overlaps[$"tool_use_prompt_{modality}"] = Around("input", modality, "tool");
            _overlaps[$"reasoning_{modality}"] = Around("output", modality, "reasoning");
        }
    }

    /// <summary>Adds the tokens. What a total holds beyond its parts counts as input, or output, of no known kind.</summary>
    /// <param name="usage">Counts of 0 to <see cref="CallFigures.MaxCount"/>.</param>
    public void AddTo(UsageFigures figures, TokenUsage usage)
    {
        var input = Add(figures, _inputText, usage.InputUncached)
            + Add(figures, _cacheRead, usage.CacheRead)
            + Add(figures, _cacheWrite, usage.CacheWrite)
            + Add(figures, _cacheWrite5m, usage.CacheWrite5m)
            + Add(figures, _cacheWrite1h, usage.CacheWrite1h)
            + Add(figures, _inputAudio, usage.InputAudio)
            + Add(figures, _inputImage, usage.InputImage)
            + Add(figures, _inputVideo, usage.InputVideo)
            + Add(figures, _inputTool, usage.ToolUsePrompt);
        var output = Add(figures, _outputText, usage.OutputText)
            + Add(figures, _reasoning, usage.Reasoning)
            + Add(figures, _outputAudio, usage.OutputAudio)
            + Add(figures, _outputImage, usage.OutputImage);

        foreach (var (name, count) in usage.Overlaps)
        {
            var around = _overlaps.GetValueOrDefault(name, IsOutput(name) ? _output : _input);
            if (IsOutput(name)) output += Add(figures, around, count);
            else input += Add(figures, around, count);
        }

        if (usage.InputTotal > input) Add(figures, _input, usage.InputTotal - input);
        if (usage.OutputTotal > output) Add(figures, _output, usage.OutputTotal - output);
    }

    /// <summary>Adds tokens that a provider counts outside of its totals and charges as output of their kind.</summary>
    /// <param name="quantity">Name of a quantity of the event.</param>
    /// <returns>False: the quantity is not of tokens.</returns>
    public bool TryAddBeside(UsageFigures figures, string quantity, decimal count)
    {
        if (!_beside.TryGetValue(quantity, out var around)) return false;
        Add(figures, around, (long)count);
        return true;
    }

    private static bool IsOutput(string overlap) =>
        overlap.StartsWith("reasoning", StringComparison.Ordinal) || overlap.StartsWith("output", StringComparison.Ordinal);

    private static long Add(UsageFigures figures, ulong around, long? count)
    {
        if (count is not > 0) return 0;
        for (var rest = around; rest != 0; rest &= rest - 1) figures.Add(BitOperations.TrailingZeroCount(rest), count.Value);
        return count.Value;
    }

    /// <summary>Units that tokens of these dimensions are part of.</summary>
    private ulong Around(string direction, string? modality = null, string? tokenType = null, string? cacheTtl = null)
    {
        var dimensions = new Dictionary<string, string>(StringComparer.Ordinal) { ["family"] = "tokens", ["direction"] = direction };
        if (modality is not null) dimensions["modality"] = modality;
        if (tokenType is not null) dimensions["token_type"] = tokenType;
        if (cacheTtl is not null) dimensions["cache_ttl"] = cacheTtl;
        var part = new PricedUnit(0, "", "", 1, dimensions);
        return _units.Units.Where(unit => unit.Contains(part)).Aggregate(0UL, (mask, unit) => mask | unit.Bit);
    }
}
