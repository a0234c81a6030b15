using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching;

namespace Pipeline.UsageEnricher.Tests.Fixtures;

/// <summary>Raw events as an edge would write them, and the records that hold them.</summary>
internal static class Calls
{
    public static readonly DateTimeOffset At = new(2026, 11, 20, 12, 0, 30, TimeSpan.Zero);

    public static LLMUsageAudit Plain(TokenUsage? usage = null) => new()
    {
        EventId = Guid.Parse("0196f2b3-0000-7000-8000-000000000001"),
        Edge = new EdgePosition { Id = Guid.Parse("11111111-2222-4333-8444-555555555555"), Epoch = "00112233445566778899aabbccddeeff", Sequence = 7 },
        RequestId = "req-1",
        StartedAt = At,
        DurationUs = 1_500_000,
        Provider = "acme",
        Upstream = "acme-eu",
        Api = "openai.chat",
        Operation = "chat",
        RequestModel = "acme-plain",
        ResponseModel = "acme-plain",
        Streaming = false,
        StatusCode = 200,
        Outcome = Outcome.Ok,
        Usage = usage,
        UsageSource = usage is null ? UsageSource.None : UsageSource.Provider,
        UsageQuality = UsageQuality.Consistent,
        Attribution = new Attribution { Tenant = "t1", Team = "search", User = "ann" },
        RequestBytes = 100,
        ResponseBytes = 200,
    };

    public static TokenUsage Tokens(long input, long output) =>
        new() { InputUncached = input, OutputText = output, InputTotal = input, OutputTotal = output };

    /// <summary>A catalogue of schemas in memory, ready to read and write all records of the enricher.</summary>
    public static SchemaCatalog Schemas()
    {
        var schemas = new SchemaCatalog(new FileSchemaRegistry(null), [SchemaSet.LLMUsageAudit, SchemaSet.LlmUsage, SchemaSet.UsageAggregate, SchemaSet.BookedResponse, SchemaSet.RepriceRun]);
        Assert.True(schemas.Prepare(CancellationToken.None));
        return schemas;
    }

    public static LogRecord Record(SchemaCatalog schemas, LLMUsageAudit call, long offset, DateTimeOffset? appendedAt = null)
    {
        using var writer = new RecordWriter<LLMUsageAudit>(schemas);
        var record = writer.Record(Topics.UsageRaw, default, call);
        return new LogRecord(new TopicPartition(Topics.UsageRaw, 3), offset, appendedAt ?? At.AddSeconds(2), record.Key, record.Value, []);
    }

    public static RecordBatch Batch(params IReadOnlyList<LogRecord> records) =>
        new(records, records.GroupBy(record => record.Source).ToDictionary(group => group.Key, group => group.Max(record => record.Offset) + 1), null);

    public static Cost Price(LLMUsageAudit call) => new CallPricer(TestCatalogue.Instance).Price(call, At);
}
