namespace Pipeline.Schemas.Tests;

/// <summary>Records as the product would make them.</summary>
internal static class SampleRecords
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static LLMUsageAudit Raw() => new()
    {
        EventId = Guid.Parse("019c0000-0000-7000-8000-000000000001"),
        Edge = new EdgePosition { Id = Guid.Parse("7b6a1d5e-2f60-4f6e-9c7b-0d1e2f3a4b5c"), Epoch = "00112233445566778899aabbccddeeff", Sequence = 41 },
        RequestId = "req-1",
        StartedAt = Noon,
        DurationUs = 1_234_567,
        Provider = "openai",
        Upstream = "openai",
        Api = "openai.chat",
        Operation = "chat",
        RequestModel = "gpt-5",
        ResponseModel = "gpt-5-2026-01-01",
        Streaming = true,
        StatusCode = 200,
        Outcome = Outcome.Ok,
        FinishReasons = ["stop"],
        Usage = new TokenUsage { InputUncached = 100, CacheRead = 28, OutputText = 50, InputTotal = 128, OutputTotal = 50, Overlaps = Map(("cache_read_audio", 3L)) },
        Quantities = Map(("images", 2m), ("audio_seconds", 1.5m)),
        ToolCalls = Map(("web_search", 1L)),
        ProviderReportedCost = 0.0123m,
        UsageSource = UsageSource.Provider,
        UsageQuality = UsageQuality.Consistent,
        Attribution = new Attribution { Tenant = "acme", Team = "search", Tags = Map(("zeta", "z"), ("Alpha", "a"), ("beta", "b")) },
        RequestBytes = 512,
        ResponseBytes = 2048,
    };

    public static LlmUsage Enriched() =>
        new(Raw(), Noon, Priced(), 1, Noon.AddSeconds(1), new RecordPosition { Topic = "llm-usage-raw", Partition = 3, Offset = 99 })
        {
            Impact = new Impact { Status = ImpactStatus.Estimated, Gwp = new Pipeline.Schemas.Range { Min = 1e-6, Max = 2.5e-5 } },
        };

    private static Cost Priced() => new()
    {
        Status = CostStatus.Priced,
        Currency = "USD",
        ListTotal = 0.000625m,
        NetTotal = 0.0005m,
        LineItems = [new CostLine { Dimension = "output_tokens", Quantity = 50, Rate = 12.5m, Per = 1_000_000, Amount = 0.000625m, NetAmount = 0.0005m }],
    };

    public static Dictionary<string, T> Map<T>(params (string Key, T Value)[] entries) => entries.ToDictionary(entry => entry.Key, entry => entry.Value);
}
