using Pipeline.Schemas;
using Pipeline.UsageEnricher.Pricing;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>
/// Everything that a call used, as catalogue units: tokens, other quantities, the provider's own tools. What the catalogue
/// has no unit for is kept by name. Reused between events; not for use by two threads.
/// </summary>
internal sealed class CallFigures
{
    /// <summary>Counts above it are no counts.</summary>
    public const long MaxCount = 1_000_000_000_000;

    /// <summary>Charged passes of one call.</summary>
    public const int MaxPasses = 32;

    /// <summary>
    /// Tools that cost the tokens they use and nothing else: Anthropic's web fetch; OpenAI's remote MCP, and tools that the
    /// caller runs.
    /// </summary>
    private static readonly string[] FreeTools = ["web_fetch", "mcp", "mcp_list_tools", "computer", "local_shell", "apply_patch", "tool_search", "url_context"];

    private static readonly Dictionary<string, string> QuantityUnits = new(StringComparer.Ordinal)
    {
        ["audio_seconds"] = "audio_seconds",
        ["characters"] = "input_characters",
        ["pages"] = "input_document_pages",
        ["pixels"] = "input_pixels",
        ["search_units"] = "rerank_searches",
        ["images"] = "output_images",
        ["video_seconds"] = "output_video_seconds",
    };

    private static readonly Dictionary<string, string> ToolUnits = new(StringComparer.Ordinal)
    {
        ["web_search"] = "web_searches",
        ["google_search"] = "web_searches",
        ["file_search"] = "storage_searches",
        ["code_execution"] = "code_executions",
        ["x_search"] = "social_searches",
    };

    private readonly UnitRegistry _units;
    private readonly InclusiveUsage _tokens;
    private readonly ulong _toolUnits;
    private readonly ulong _tokenUnits;

    public CallFigures(UnitRegistry units)
    {
        _units = units;
        _tokens = new InclusiveUsage(units);
        Figures = new UsageFigures(units);
        _toolUnits = OfFamily("tool_calls");
        _tokenUnits = OfFamily("tokens");
    }

    public UsageFigures Figures { get; }

    /// <summary>Tools that the catalogue has no unit for.</summary>
    public List<string> UnknownTools { get; } = [];

    /// <summary>Quantities that the catalogue has no unit for.</summary>
    public List<string> UnknownQuantities { get; } = [];

    /// <summary>Names of figures outside 0 to <see cref="MaxCount"/>; with any, the other figures do not count.</summary>
    public List<string> OutOfBounds { get; } = [];

    /// <summary>Units that are counted beside what the call is priced by: each is money of its own.</summary>
    public ulong ToolUnitMask => _toolUnits;

    public ulong TokenUnitMask => _tokenUnits;

    /// <param name="usage">The call's, or one charged pass of it; null = none.</param>
    /// <param name="withRest">Quantities and tools of the call are counted with it.</param>
    public void Read(LLMUsageAudit call, TokenUsage? usage, bool withRest)
    {
        Figures.Clear();
        UnknownTools.Clear();
        UnknownQuantities.Clear();
        OutOfBounds.Clear();
        Figures.IsComplete = true;

        CheckBounds(call, usage);
        if (OutOfBounds.Count > 0) return;
        if (usage is not null) _tokens.AddTo(Figures, usage);
        if (!withRest) return;
        foreach (var (name, quantity) in call.Quantities)
            if (!_tokens.TryAddBeside(Figures, name, quantity)) Add(QuantityUnits, name, quantity, UnknownQuantities);
        foreach (var (name, count) in call.ToolCalls)
            if (!FreeTools.Contains(name)) Add(ToolUnits, name, count, UnknownTools);
    }

    /// <summary>The call holds no figure that could be priced: no token part or total, no other quantity.</summary>
    public static bool IsMissing(LLMUsageAudit call) => call.Quantities.Count == 0 && IsMissing(call.Usage) && call.Billed.All(static pass => IsMissing(pass.Usage));

    private static bool IsMissing(TokenUsage? usage) => usage is null
        || ((usage.InputTotal ?? usage.OutputTotal ?? usage.InputUncached ?? usage.CacheRead ?? usage.CacheWrite ?? usage.CacheWrite5m
            ?? usage.CacheWrite1h ?? usage.InputAudio ?? usage.InputImage ?? usage.InputVideo ?? usage.ToolUsePrompt ?? usage.OutputText
            ?? usage.Reasoning ?? usage.OutputAudio ?? usage.OutputImage) is null && usage.Overlaps.Count == 0);

    private void Add(Dictionary<string, string> known, string name, decimal quantity, List<string> unknown)
    {
        if (quantity == 0) return;
        if (known.TryGetValue(name, out var unitName) && _units.ByName(unitName) is { } unit) Figures.Add(unit.Index, quantity);
        else unknown.Add(name);
    }

    private void CheckBounds(LLMUsageAudit call, TokenUsage? usage)
    {
        if (call.Billed.Count > MaxPasses) OutOfBounds.Add("billed");
        if (usage is not null)
        {
            Check("input_uncached", usage.InputUncached);
            Check("cache_read", usage.CacheRead);
            Check("cache_write", usage.CacheWrite);
            Check("cache_write_5m", usage.CacheWrite5m);
            Check("cache_write_1h", usage.CacheWrite1h);
            Check("input_audio", usage.InputAudio);
            Check("input_image", usage.InputImage);
            Check("input_video", usage.InputVideo);
            Check("tool_use_prompt", usage.ToolUsePrompt);
            Check("output_text", usage.OutputText);
            Check("reasoning", usage.Reasoning);
            Check("output_audio", usage.OutputAudio);
            Check("output_image", usage.OutputImage);
            Check("input_total", usage.InputTotal);
            Check("output_total", usage.OutputTotal);
            foreach (var (name, count) in usage.Overlaps) Check(name, count);
        }

        foreach (var (name, quantity) in call.Quantities)
            if (quantity is < 0 or > MaxCount) OutOfBounds.Add(name);
        foreach (var (name, count) in call.ToolCalls) Check(name, count);
    }

    private void Check(string name, long? count)
    {
        if (count is < 0 or > MaxCount) OutOfBounds.Add(name);
    }

    private ulong OfFamily(string family) => _units.Units
        .Where(unit => unit.Dimensions.GetValueOrDefault("family") == family)
        .Aggregate(0UL, (mask, unit) => mask | unit.Bit);
}
