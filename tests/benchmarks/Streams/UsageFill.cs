using System.Text;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;

namespace Pipeline.Benchmarks.Streams;

/// <summary>Fills topics with what a company's calls look like: 2,000 attribution tuples, a handful of models, cached and reasoning tokens.</summary>
internal sealed class UsageFill(ILog log, SchemaCatalog schemas)
{
    private const int Tuples = 2_000;
    private const int RecordsPerTransaction = 10_000;
    private const int Seed = 20261121;
    private static readonly string[] Models = ["gpt-4o-2024-08-06", "gpt-4o-mini-2024-07-18", "gpt-4.1-2025-04-14", "claude-sonnet-4-5-20250929"];

    public void Raw(int events, int partitions)
    {
        using var writer = new RecordWriter<LLMUsageAudit>(schemas);
        var random = new Random(Seed);
        var start = DateTimeOffset.UtcNow.AddMinutes(-10);
        Write(events, i =>
        {
            var call = Call(random, i, start);
            return writer.Record(Topics.UsageRaw, Encoding.ASCII.GetBytes(call.EventId.ToString()), call, i / 100 % partitions);
        });
    }

    public void Aggregates(int deltas)
    {
        using var writer = new RecordWriter<UsageAggregate>(schemas);
        var random = new Random(Seed);
        var start = DateTimeOffset.UtcNow.AddMinutes(-10);
        var minute = new DateTimeOffset(start.UtcTicks - (start.UtcTicks % TimeSpan.TicksPerMinute), TimeSpan.Zero);
        Write(deltas, i =>
        {
            var tuple = random.Next(Tuples);
            var delta = new UsageAggregate
            {
                Minute = minute.AddMinutes(i % 10), Provider = "openai", ResponseModel = Models[tuple % 3], Tenant = "acme", Team = $"team-{tuple % 40}",
                User = $"user-{tuple}", Environment = "production", Currency = "USD", CostStatus = CostStatus.Priced, UsageSource = UsageSource.Provider,
                Tags = new Dictionary<string, string>(), Calls = 1 + random.Next(5), ErrorCalls = 0, DurationUs = random.Next(9_000_000), RequestBytes = 4_000, ResponseBytes = 9_000,
                InputTotal = random.Next(20_000), OutputTotal = random.Next(2_000), InputUncached = random.Next(20_000), OutputText = random.Next(2_000),
                CacheRead = 0, CacheWrite = 0, CacheWrite5m = 0, CacheWrite1h = 0, InputAudio = 0, InputImage = 0, InputVideo = 0, ToolUsePrompt = 0,
                Reasoning = 0, OutputAudio = 0, OutputImage = 0,
                NetTotal = random.Next(1, 1_000_000) / 1_000_000m, ListTotal = random.Next(1, 1_000_000) / 1_000_000m,
            };
            return writer.Record(Topics.Aggregates, Encoding.ASCII.GetBytes($"{tuple:x32}"), delta);
        });
    }

    public static IEnumerable<LLMUsageAudit> Calls(int count, DateTimeOffset start)
    {
        var random = new Random(Seed);
        for (var i = 0; i < count; i++) yield return Call(random, i, start);
    }

    private static LLMUsageAudit Call(Random random, int number, DateTimeOffset start)
    {
        var tuple = random.Next(Tuples);
        var (input, cached, output) = (random.Next(100, 20_000), random.Next(0, 2) * 1_024, random.Next(10, 2_000));
        var isClaude = tuple % 4 == 3;
        Span<byte> id = stackalloc byte[16];
        random.NextBytes(id);
        return new LLMUsageAudit
        {
            EventId = new Guid(id),
            Edge = new EdgePosition { Id = Guid.Empty, Epoch = "00112233445566778899aabbccddeeff", Sequence = number },
            RequestId = new Guid(id).ToString(), Attempt = 1, StartedAt = start.AddMilliseconds(number % 600_000), DurationUs = random.Next(200_000, 9_000_000),
            TimeToFirstTokenUs = random.Next(100_000, 900_000),
            Provider = isClaude ? "anthropic" : "openai", Upstream = isClaude ? "anthropic" : "openai", Api = isClaude ? "anthropic.messages" : "openai.chat",
            Operation = "chat", RequestModel = isClaude ? "claude-sonnet-4-5" : "gpt-4o", ResponseModel = Models[tuple % 4], Streaming = true, StatusCode = 200,
            Outcome = Outcome.Ok, FinishReasons = ["stop"], ProviderResponseId = "chatcmpl-" + number,
            Usage = new TokenUsage
            {
                InputUncached = input, CacheRead = cached, OutputText = output, Reasoning = 64, InputTotal = input + cached, OutputTotal = output + 64,
                ProviderTotal = input + cached + output + 64, CachedReported = cached,
            },
            UsageSource = UsageSource.Provider, UsageQuality = UsageQuality.Consistent,
            ProviderUsage = """{"prompt_tokens":1237,"completion_tokens":311,"total_tokens":1548,"prompt_tokens_details":{"cached_tokens":1024}}""",
            Attribution = new Attribution { Tenant = "acme", Team = $"team-{tuple % 40}", User = $"user-{tuple}", Environment = "production" },
            RequestBytes = 4_000, ResponseBytes = 9_000,
        };
    }

    private void Write(int count, Func<int, NewRecord> make)
    {
        using var writer = log.OpenWriter("benchmark-fill", out var reason) ?? throw new InvalidOperationException(reason);
        for (var next = 0; next < count;)
        {
            var records = new List<NewRecord>(RecordsPerTransaction);
            for (; next < count && records.Count < RecordsPerTransaction; next++) records.Add(make(next));
            var result = writer.Execute(new LogTransaction(records, null));
            if (result.Outcome != TransactionOutcome.Committed) throw new InvalidOperationException($"the fill ended {result.Outcome}: {result.Reason}");
        }
    }
}
