using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Tests.Telemetry;

/// <summary>Events as the gateway writes them.</summary>
internal static class SampleAudits
{
    public static LLMUsageAudit One(string model = "gpt-4o", string? team = "search", long input = 9, long output = 2) => new()
    {
        EventId = Guid.Parse("018f0000-0000-7000-8000-000000000001"),
        Edge = new EdgePosition { Id = Guid.Empty, Epoch = "", Sequence = 0 },
        RequestId = "req-1",
        Attempt = 1,
        StartedAt = new DateTimeOffset(2026, 11, 21, 10, 0, 0, TimeSpan.Zero),
        DurationUs = 1_234_567,
        TimeToFirstTokenUs = 250_000,
        Provider = "openai",
        Upstream = "up",
        Api = "openai.chat",
        Operation = "chat",
        RequestModel = model,
        ResponseModel = model + "-2026",
        Streaming = true,
        StatusCode = 200,
        Outcome = Outcome.Ok,
        FinishReasons = ["stop"],
        Usage = new TokenUsage { InputTotal = input, OutputTotal = output, ProviderTotal = input + output, CacheRead = 4, CacheWrite5m = 1, CacheWrite1h = 2, Reasoning = 1 },
        UsageSource = UsageSource.Provider,
        UsageQuality = UsageQuality.Consistent,
        UsageInjection = UsageInjection.NotApplicable,
        Attribution = new Schemas.Attribution { Team = team, User = "ann", Tenant = "acme", Session = "s1", Tags = new Dictionary<string, string> { ["plan"] = "gold" } },
        RequestBytes = 1,
        ResponseBytes = 1,
    };
}
