using Pipeline.Schemas;
using Range = Pipeline.Schemas.Range;

namespace Pipeline.AllInOne.Tests.Page;

/// <summary>
/// Events of every kind that figures tell apart, drawn from a seed, and what they add up to, worked out from the events themselves by
/// the plainest means.
/// </summary>
internal sealed class KnownLog
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 9, 0, 0, TimeSpan.Zero);

    private static readonly string?[] Teams = ["search", "support", "research", "ops", "web", "mobile", "data", "sales", null];
    private static readonly string?[] Models = ["gpt-4.1", "claude-opus-4-1", "gpt-5-mini", null];
    private static readonly Outcome[] Outcomes = [Outcome.Ok, Outcome.Ok, Outcome.Ok, Outcome.RateLimited, Outcome.UpstreamError, Outcome.ClientCancelled];
    private static readonly CostStatus[] Statuses =
        [CostStatus.Priced, CostStatus.Priced, CostStatus.Free, CostStatus.UnpricedModel, CostStatus.UnpricedDimension, CostStatus.UsageMissing, CostStatus.Ambiguous];

    private readonly List<LlmUsage> _written = [];

    public KnownLog(int seed, int events, TimeSpan length)
    {
        var random = new Random(seed);
        for (var i = 0; i < events; i++) _written.Add(Draw(random, i, length));
        // A fifth is priced anew, some twice, and the order of arrival is no order.
        for (var i = 0; i < events / 5; i++)
        {
            var older = _written[random.Next(_written.Count)];
            _written.Add(older with { Revision = older.Revision + 1, Cost = DrawCost(random), Usage = DrawUsage(random) });
        }

        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_written));
    }

    /// <summary>Every revision, in the order of arrival.</summary>
    public IReadOnlyList<LlmUsage> Written => _written;

    /// <summary>The newest revision of each event.</summary>
    public IReadOnlyList<LlmUsage> Events => [.. _written.GroupBy(static usage => usage.EventId).Select(static one => one.MaxBy(static usage => usage.Revision)!)];

    public static string? ModelOf(LlmUsage usage) => usage.ResponseModel ?? usage.RequestModel;

    public static bool IsUnpriced(LlmUsage usage) => usage.Cost.Status is not (CostStatus.Priced or CostStatus.Free) || usage.Cost.Currency != "USD";

    public static decimal CostOf(IEnumerable<LlmUsage> events, bool isEstimated) =>
        events.Where(usage => usage.Cost.Currency == "USD" && usage.UsageSource == UsageSource.Estimated == isEstimated).Sum(static usage => usage.Cost.NetTotal ?? 0);

    public static bool IsRepeat(LlmUsage usage) => usage is { Operation: "retrieve", Background: false };

    /// <summary>The value that the share of the values does not pass.</summary>
    public static long Quantile(IEnumerable<long> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted[Math.Max(1, (int)Math.Ceiling(share * sorted.Count)) - 1];
    }

    private static LlmUsage Draw(Random random, int number, TimeSpan length)
    {
        var at = Start + TimeSpan.FromTicks((long)(random.NextDouble() * length.Ticks));
        var outcome = Outcomes[random.Next(Outcomes.Length)];
        var hasImpact = random.Next(3) > 0;
        var gwp = random.NextDouble() / 1000;
        return new LlmUsage
        {
            EventId = Guid.CreateVersion7(at),
            Edge = new EdgePosition { Id = new Guid(9, 0, 0, new byte[8]), Epoch = "00112233445566778899aabbccddeeff", Sequence = number },
            RequestId = $"req-{number}",
            StartedAt = at,
            DurationUs = (long)Math.Exp(random.NextDouble() * 16),
            TimeToFirstTokenUs = random.Next(2) == 0 ? (long)Math.Exp(random.NextDouble() * 14) : null,
            Provider = "openai",
            Upstream = "openai",
            Api = "openai.chat",
            Operation = random.Next(20) == 0 ? "retrieve" : "chat",
            RequestModel = Models[random.Next(Models.Length)],
            ResponseModel = random.Next(4) == 0 ? null : Models[random.Next(Models.Length)],
            Streaming = random.Next(2) == 0,
            StatusCode = outcome == Outcome.Ok ? 200 : 429,
            Outcome = outcome,
            ErrorType = outcome == Outcome.Ok || random.Next(3) == 0 ? null : "rate_limit_error",
            FinishReasons = ["stop"],
            Usage = DrawUsage(random),
            UsageSource = (UsageSource)random.Next(1, UsageSourceSymbols.Count),
            UsageQuality = (UsageQuality)random.Next(1, UsageQualitySymbols.Count),
            Attribution = new Attribution { Tenant = random.Next(5) == 0 ? "globex" : "acme", Team = Teams[random.Next(Teams.Length)], User = "u-1" },
            RequestBytes = 512,
            ResponseBytes = 2048,
            EventTime = at,
            Cost = DrawCost(random),
            Impact = hasImpact
                ? new Impact { Status = ImpactStatus.Estimated, Method = "ecologits", Gwp = new Range { Min = gwp, Max = gwp * 3 }, Energy = new Range { Min = gwp * 2, Max = gwp * 5 } }
                : new Impact { Status = ImpactStatus.UnknownModel },
            Revision = 1,
            EnrichedAt = at.AddSeconds(1),
            Raw = new RecordPosition { Topic = "llm-usage-raw", Partition = 3, Offset = number },
        };
    }

    private static TokenUsage? DrawUsage(Random random) => random.Next(8) == 0 ? null : new TokenUsage
    {
        InputUncached = random.Next(2_000), CacheRead = random.Next(3) == 0 ? random.Next(900) : null, CacheWrite5m = random.Next(9) == 0 ? random.Next(90) : null,
        OutputText = random.Next(700), Reasoning = random.Next(4) == 0 ? random.Next(300) : 0, InputTotal = random.Next(3_000), OutputTotal = random.Next(1_000),
    };

    private static Cost DrawCost(Random random)
    {
        var status = Statuses[random.Next(Statuses.Length)];
        decimal? net = status switch
        {
            CostStatus.Priced or CostStatus.UnpricedDimension or CostStatus.Ambiguous => new decimal(random.Next(), random.Next(100), 0, false, 12),
            CostStatus.Free => 0,
            _ => null,
        };
        return new Cost { Status = status, Currency = random.Next(15) == 0 ? "EUR" : "USD", ListTotal = net, NetTotal = net };
    }
}
