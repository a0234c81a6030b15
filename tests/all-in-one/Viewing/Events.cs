using Pipeline.Schemas;

namespace Pipeline.AllInOne.Tests.Viewing;

/// <summary>Events of `llm-usage` with only what the views look at.</summary>
internal static class Events
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static LlmUsage Of(
        Guid? id = null, int revision = 1, DateTimeOffset? at = null, string team = "search", string model = "gpt-4.1", long tokens = 100,
        decimal? cost = 0.25m, CostStatus status = CostStatus.Priced, string environment = "demo", string requestId = "demo-1") => new()
    {
        EventId = id ?? Guid.CreateVersion7(),
        Edge = new EdgePosition { Id = Guid.Empty, Epoch = "00000000000000000000000000000000", Sequence = 0 },
        RequestId = requestId,
        StartedAt = at ?? Noon,
        DurationUs = 1,
        Provider = "openai",
        Upstream = "demo-openai",
        Api = "openai.chat",
        Operation = "chat",
        ResponseModel = model,
        Streaming = false,
        Outcome = Outcome.Ok,
        Usage = new TokenUsage { InputTotal = tokens - 10, OutputTotal = 10 },
        UsageSource = UsageSource.Provider,
        UsageQuality = UsageQuality.Consistent,
        Attribution = new Attribution { Tenant = "acme", Team = team, Environment = environment },
        RequestBytes = 1,
        ResponseBytes = 1,
        EventTime = at ?? Noon,
        Cost = new Cost { Status = status, Currency = "USD", NetTotal = cost, ListTotal = cost },
        Revision = revision,
        EnrichedAt = at ?? Noon,
        Raw = new RecordPosition { Topic = "llm-usage-raw", Partition = 0, Offset = 0 },
    };
}
