using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// A provider's usage in one reading: totals include their parts (input holds cached, cache-write, tool-use, audio, image and
/// video; output holds reasoning, audio and image). Null = not reported. <see cref="TokenVector"/> makes the parts disjoint.
/// </summary>
internal sealed class UsageFigures
{
    public long? Input;
    public long? CacheRead;

    /// <summary>All cache writes, those with a known time to live among them.</summary>
    public long? CacheWrite;
    public long? CacheWrite5m;
    public long? CacheWrite1h;
    public long? InputAudio;
    public long? InputImage;
    public long? InputVideo;
    public long? ToolUsePrompt;

    /// <summary>Cached tokens that are audio, image or video; inside both <see cref="CacheRead"/> and the modality's figure.</summary>
    public long? CacheReadAudio;
    public long? CacheReadImage;
    public long? CacheReadVideo;

    public long? Output;
    public long? Reasoning;
    public long? OutputAudio;
    public long? OutputImage;

    /// <summary>The provider's own total.</summary>
    public long? Total;

    /// <summary>A figure was reported that cannot be a count.</summary>
    public bool IsSuspect;

    public string? ServiceTier;

    /// <summary>What selects a price variant: <c>speed</c>, <c>inference_geo</c>.</summary>
    public Dictionary<string, string>? PriceContext;

    /// <summary>What is charged where it is not these figures; null = these are.</summary>
    public List<BilledPass>? Billed;
    public decimal? CostUsd;

    /// <summary>Searches as the usage object states them; <see cref="ToolCalls"/> has all that the reply tells of.</summary>
    public long? WebSearches;
    public Dictionary<string, long>? ToolCalls;

    /// <summary>What is counted but no token, by the record's names: <c>audio_seconds</c>, <c>images</c>.</summary>
    public Dictionary<string, decimal>? Quantities;

    public const string AudioSeconds = "audio_seconds";

    public bool HasAny => (Input ?? CacheRead ?? CacheWrite ?? InputAudio ?? InputImage ?? InputVideo ?? ToolUsePrompt
        ?? Output ?? Reasoning ?? OutputAudio ?? OutputImage ?? Total) is not null;

    public long? Count(JsonElement parent, string name) => TokenCount.Read(parent, name, ref IsSuspect);

    /// <summary>Adds the counts of another call or pass; what neither reports stays unknown.</summary>
    public void Add(UsageFigures other)
    {
        Input = Sum(Input, other.Input);
        CacheRead = Sum(CacheRead, other.CacheRead);
        CacheWrite = Sum(CacheWrite, other.CacheWrite);
        CacheWrite5m = Sum(CacheWrite5m, other.CacheWrite5m);
        CacheWrite1h = Sum(CacheWrite1h, other.CacheWrite1h);
        InputImage = Sum(InputImage, other.InputImage);
        Output = Sum(Output, other.Output);
        Reasoning = Sum(Reasoning, other.Reasoning);
        IsSuspect |= other.IsSuspect;
        foreach (var (tool, calls) in other.ToolCalls ?? [])
            (ToolCalls ??= [])[tool] = ToolCalls.GetValueOrDefault(tool) + calls;
    }

    private static long? Sum(long? first, long? second) => first is null ? second : first + (second ?? 0);

    public void AddContext(string name, string? value)
    {
        if (value is not null)
            (PriceContext ??= [])[name] = value;
    }

    /// <summary>Keeps a quantity of 0 to 1e12; null is not one.</summary>
    public void AddQuantity(string name, decimal? quantity)
    {
        if (quantity is >= 0 and <= TokenCount.Max)
            (Quantities ??= [])[name] = quantity.Value;
    }

    /// <summary>The member's number, unrounded; null when it is absent, no number, negative or beyond belief.</summary>
    public static decimal? Number(JsonElement parent, string name, decimal max = TokenCount.Max) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetDecimal(out var number) && number >= 0 && number <= max
            ? number
            : null;

    /// <summary>The member when it is an object, else an undefined element whose members are all absent.</summary>
    public static JsonElement Child(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var child) && child.ValueKind == JsonValueKind.Object
            ? child
            : default;

    public static string? Token(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? BoundedText.Token(value.GetString())
            : null;
}
