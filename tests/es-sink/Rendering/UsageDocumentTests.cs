using System.Text;
using System.Text.Json;
using Pipeline.EsSink.Provisioning;
using Pipeline.EsSink.Rendering;
using Pipeline.Runtime;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.EsSink.Tests.Rendering;

public sealed class UsageDocumentTests
{
    [Fact]
    public void Document_OfAnEvent_HasTheFixedNames()
    {
        var document = Render(SampleEvents.Event(1));
        Assert.Equal("2026-03-01T12:00:00Z", document.GetProperty("@timestamp").GetString());
        Assert.Equal(SampleEvents.IdOf(1).ToString(), At(document, "event.id").GetString());
        Assert.Equal("LLMUsageAudit", document.GetProperty("audit").GetString());
        Assert.Equal("openai", At(document, "gen_ai.provider.name").GetString());
        Assert.Equal("chat", At(document, "gen_ai.operation.name").GetString());
        Assert.Equal("gpt-5", At(document, "gen_ai.request.model").GetString());
        Assert.Equal("gpt-5-2026-01-01", At(document, "gen_ai.response.model").GetString());
        Assert.Equal("stop", At(document, "gen_ai.response.finish_reasons")[0].GetString());
        Assert.Equal(128, At(document, "gen_ai.usage.input_tokens").GetInt64());
        Assert.Equal(50, At(document, "gen_ai.usage.output_tokens").GetInt64());
        Assert.Equal(28, At(document, "llm.usage.cache_read").GetInt64());
        Assert.Equal("priced", At(document, "llm.cost.status").GetString());
        Assert.Equal(0.0005, At(document, "llm.cost.net_total").GetDouble());
        Assert.Equal("0.0005", At(document, "llm.cost.net_total_decimal").GetString());
        Assert.Equal("search", At(document, "llm.attribution.team").GetString());
        Assert.Equal("a b", document.GetProperty("llm").GetProperty("attribution").GetProperty("tags").GetProperty("region.zone").GetString());
        Assert.Equal("ok", At(document, "llm.outcome").GetString());
    }

    [Fact]
    public void Document_OfNulls_LeavesThemAndEmptyObjectsOut()
    {
        var usage = SampleEvents.Event(1, netTotal: null) with { Usage = null, FinishReasons = [], Impact = null, RateLimit = null };
        var llm = Render(usage).GetProperty("llm");
        Assert.False(llm.TryGetProperty("usage", out _));
        Assert.False(llm.TryGetProperty("impact", out _));
        Assert.False(llm.TryGetProperty("rate_limit", out _));
        Assert.False(llm.GetProperty("cost").TryGetProperty("net_total", out _));
        Assert.False(llm.GetProperty("cost").TryGetProperty("net_total_decimal", out _));
        Assert.False(Render(usage).GetProperty("gen_ai").TryGetProperty("usage", out _));
    }

    [Fact]
    public void Document_FullyPopulated_HasAllFieldsOfTheMappingsAndNoOther()
    {
        var mapped = Leaves(JsonSerializer.SerializeToElement(Templates.Mappings())).ToHashSet();
        var rendered = new HashSet<string>();
        Walk(Render(Full()), "", mapped, rendered);
        Assert.Equal(mapped.Order(), rendered.Order());
    }

    [Theory]
    [InlineData("0.000500000000", "0.0005")]
    [InlineData("1.000", "1")]
    [InlineData("100", "100")]
    [InlineData("-0.10", "-0.1")]
    [InlineData("-0.0", "0")]
    [InlineData("0.000000000001", "0.000000000001")]
    [InlineData("9999999999999999.999999999999", "9999999999999999.999999999999")]
    public void Money_AsText_HasNoExponentAndNoZerosAtItsEnd(string amount, string expected) =>
        Assert.Equal(expected, PlainDecimal.Of(decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void Document_WithLineBreaksAndQuotesInAValue_StaysOneLine()
    {
        var usage = SampleEvents.Event(1, team: "a\n\"b\"\u2028\\");
        Assert.Equal("a\n\"b\"\u2028\\", At(Render(usage), "llm.attribution.team").GetString());
        Assert.DoesNotContain('\n', RenderText(usage));
    }

    [Fact]
    public void Document_WithNumbersJsonDoesNotKnow_LeavesThemOut()
    {
        var range = new Pipeline.Schemas.Range { Min = double.NaN, Max = 1.5 };
        var impact = Render(SampleEvents.Event(1) with { Impact = new Impact { Status = ImpactStatus.Estimated, Gwp = range } }).GetProperty("llm").GetProperty("impact");
        Assert.False(impact.GetProperty("gwp").TryGetProperty("min", out _));
        Assert.Equal(1.5, impact.GetProperty("gwp").GetProperty("max").GetDouble());
    }

    [Theory]
    [InlineData("2026-03-01T23:59:59.999999Z", "llm-usage-2026.03.01")]
    [InlineData("2026-03-02T01:00:00+02:00", "llm-usage-2026.03.01")]
    public void Index_OfAnEvent_IsItsUtcDay(string time, string index) =>
        Assert.Equal(index, DayIndex.NameOf(DayIndex.DayOf(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture))));

    [Fact]
    public void Rendering_AfterWarmUp_AllocatesNothing()
    {
        using var buffer = new DocumentBuffer();
        using var document = new UsageDocument(buffer);
        var usage = Full();
        for (var i = 0; i < 3; i++) document.Append(usage);
        buffer.Reset();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            buffer.Reset();
            document.Append(usage);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static LlmUsage Full()
    {
        var range = new Pipeline.Schemas.Range { Min = 1e-9, Max = 2e-6 };
        var part = new ImpactPart { Energy = range, Gwp = range, Adpe = range, Pe = range, Wcf = range };
        return SampleEvents.Event(1) with
        {
            TraceId = "t",
            SpanId = "s",
            ProviderResponseId = "r",
            TimeToFirstTokenUs = 1,
            ClockReported = SampleEvents.Noon,
            ServiceTier = "default",
            Region = "eu",
            ErrorType = "x",
            Corrections = ["minus_one_unknown"],
            ProviderUsage = "{\"a\":1}",
            ProviderReportedCost = 1.5m,
            Quantities = new Dictionary<string, decimal> { ["images"] = 2 },
            ToolCalls = new Dictionary<string, long> { ["web_search"] = 1 },
            PriceContext = new Dictionary<string, string> { ["speed"] = "fast" },
            Usage = new TokenUsage
            {
                InputUncached = 1, CacheRead = 2, CacheWrite = 3, CacheWrite5m = 4, CacheWrite1h = 5, InputAudio = 6, InputImage = 7, InputVideo = 8,
                ToolUsePrompt = 9, OutputText = 10, Reasoning = 11, OutputAudio = 12, OutputImage = 13, InputTotal = 14, OutputTotal = 15,
                ProviderTotal = 16, CachedReported = 17, Overlaps = new Dictionary<string, long> { ["cache_read_audio"] = 1 },
            },
            Attribution = new Attribution
            {
                Tenant = "a", Team = "b", User = "c", Feature = "d", Session = "e", Environment = "f", ApiKeyId = "0123456789abcdef", Variant = "g",
                PromptVersion = "h", Route = "i", Tags = new Dictionary<string, string> { ["k"] = "v" },
            },
            RateLimit = new RateLimit
            {
                LimitRequests = 1, RemainingRequests = 2, ResetRequestsUs = 3, LimitTokens = 4, RemainingTokens = 5, ResetTokensUs = 6, RetryAfterUs = 7,
                LimitInputTokens = 8, RemainingInputTokens = 9, ResetInputTokensUs = 10, LimitOutputTokens = 11, RemainingOutputTokens = 12, ResetOutputTokensUs = 13,
                WindowRequestsUs = 14, WindowTokensUs = 15, ChargedTokens = 16,
            },
            Cost = new Cost
            {
                Status = CostStatus.Priced, Currency = "USD", ListTotal = 1, NetTotal = 1, CatalogueId = "c", CatalogueVersion = "v", PriceKey = "openai/gpt-5", PriceBook = "b", Contract = "k",
                LineItems = [new CostLine { Dimension = "input_tokens", Quantity = 1, Rate = 2, Per = 1_000_000, Amount = 3, NetAmount = 4 }],
                Unpriced = ["x"],
            },
            Impact = new Impact
            {
                Status = ImpactStatus.Estimated, Method = "m", Version = "1", Zone = "FRA", ZoneSource = "z", Energy = range, Gwp = range, Adpe = range,
                Pe = range, Wcf = range, Usage = part, Embodied = part, ModelKey = "openai/gpt-5", ModelMatch = "exact", GridSource = "hourly", GridHour = SampleEvents.Noon,
                GridGwp = 0.4, LatencyCapped = true, NotCounted = ["input_tokens"], Warnings = ["model-arch-not-released"],
            },
        };
    }

    private static string RenderText(LlmUsage usage)
    {
        using var buffer = new DocumentBuffer();
        using var document = new UsageDocument(buffer);
        document.Append(usage);
        return Encoding.UTF8.GetString(buffer.Slice(0, buffer.Length).Span);
    }

    private static JsonElement Render(LlmUsage usage) => JsonSerializer.Deserialize<JsonElement>(RenderText(usage));

    private static JsonElement At(JsonElement document, string path) => path.Split('.').Aggregate(document, static (node, part) => node.GetProperty(part));

    /// <summary>Paths of the mapping that are fields.</summary>
    private static IEnumerable<string> Leaves(JsonElement mapping, string path = "") =>
        mapping.TryGetProperty("properties", out var properties)
            ? properties.EnumerateObject().SelectMany(child => Leaves(child.Value, path.Length == 0 ? child.Name : $"{path}.{child.Name}"))
            : [path];

    private static void Walk(JsonElement value, string path, HashSet<string> mapped, HashSet<string> found)
    {
        if (mapped.Contains(path) || value.ValueKind != JsonValueKind.Object)
        {
            found.Add(path);
            return;
        }

        foreach (var child in value.EnumerateObject()) Walk(child.Value, path.Length == 0 ? child.Name : $"{path}.{child.Name}", mapped, found);
    }
}
