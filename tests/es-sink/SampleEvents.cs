using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;

namespace Pipeline.EsSink.Tests;

/// <summary>Enriched events as the enricher makes them.</summary>
internal static class SampleEvents
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static LlmUsage Event(int number, DateTimeOffset? time = null, int revision = 1, decimal? netTotal = 0.0005m, string? team = "search")
    {
        var at = time ?? Noon;
        return new LlmUsage
        {
            EventId = IdOf(number),
            Edge = new EdgePosition { Id = new Guid(7, 0, 0, new byte[8]), Epoch = "00112233445566778899aabbccddeeff", Sequence = number },
            RequestId = $"req-{number}",
            StartedAt = at,
            DurationUs = 1_500_000,
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
            Usage = new TokenUsage { InputUncached = 100, CacheRead = 28, OutputText = 50, InputTotal = 128, OutputTotal = 50 },
            UsageSource = UsageSource.Provider,
            UsageQuality = UsageQuality.Consistent,
            Attribution = new Attribution { Tenant = "acme", Team = team, Tags = new Dictionary<string, string> { ["region.zone"] = "a b" } },
            RequestBytes = 512,
            ResponseBytes = 2048,
            EventTime = at,
            Cost = new Cost { Status = netTotal is null ? CostStatus.UnpricedModel : CostStatus.Priced, Currency = "USD", ListTotal = netTotal, NetTotal = netTotal },
            Revision = revision,
            EnrichedAt = at.AddSeconds(1),
            Raw = new RecordPosition { Topic = "llm-usage-raw", Partition = 3, Offset = number },
        };
    }

    public static Guid IdOf(int number) => new(number, 0x7000, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 1]);
}

/// <summary>Batches of framed records, and the catalogue that reads them.</summary>
internal sealed class Records : ISchemaRegistry, IDisposable
{
    private const int SchemaId = 7;

    private readonly RecordWriter<LlmUsage> _writer;

    public Records()
    {
        Catalog = new SchemaCatalog(this, [SchemaSet.LlmUsage]);
        Catalog.Prepare(CancellationToken.None);
        _writer = new RecordWriter<LlmUsage>(Catalog);
    }

    public SchemaCatalog Catalog { get; }

    public RecordBatch Batch(params IEnumerable<LlmUsage> events) => Batch(0, [.. events.Select(_writer.Write)]);

    /// <summary>Records of one partition from the offset on.</summary>
    public static RecordBatch Batch(long firstOffset, IReadOnlyList<byte[]> values)
    {
        var partition = new TopicPartition(Topics.Usage, 0);
        var records = values.Select((value, i) => new LogRecord(partition, firstOffset + i, SampleEvents.Noon, new byte[] { 1 }, value, [])).ToList();
        return new RecordBatch(records, new Dictionary<TopicPartition, long> { [partition] = firstOffset + values.Count }, null);
    }

    public byte[] Frame(LlmUsage usage) => _writer.Write(usage);

    public RegistryAnswer<int> Register(string subject, string schemaJson, CancellationToken stop) => RegistryAnswer<int>.Ok(SchemaId);

    public RegistryAnswer<int> LookUp(string subject, string schemaJson, CancellationToken stop) => RegistryAnswer<int>.Ok(SchemaId);

    public RegistryAnswer<string> ReadSchema(int id, CancellationToken stop) =>
        id == SchemaId ? RegistryAnswer<string>.Ok(LlmUsage.SchemaJson) : RegistryAnswer<string>.Failed(RegistryOutcome.NotFound, "unknown");

    public void Dispose() => _writer.Dispose();
}
