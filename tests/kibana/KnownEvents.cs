using Pipeline.Runtime.Log;
using Pipeline.Schemas;
using ImpactRange = Pipeline.Schemas.Range;

namespace Pipeline.Kibana.Tests;

/// <summary>
/// The events whose figures are known: every state that a panel tells apart, in amounts that differ from event to event, so that a
/// wrong filter or field changes a figure.
/// </summary>
internal static class KnownEvents
{
    public const int Days = 3;

    private const int Count = 400;

    public static readonly DateTimeOffset From = new(2031, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Outcome[] Failures =
    [
        Outcome.RateLimited, Outcome.Timeout, Outcome.UpstreamError, Outcome.ClientCancelled,
        Outcome.RateLimited, Outcome.Rejected, Outcome.RateLimited, Outcome.Interrupted,
    ];

    public static readonly IReadOnlyList<LlmUsage> All = [.. Enumerable.Range(0, Count).Select(Make)];

    private static LlmUsage Make(int i)
    {
        // The second day is the quietest, so that days differ in counts too.
        var time = From.AddDays(i % 7 < 3 ? 0 : i % 7 < 4 ? 1 : 2).AddMinutes(i * 37 % 1440).AddMilliseconds(i);
        var outcome = i % 8 == 3 ? Failures[i / 8 % Failures.Length] : Outcome.Ok;
        var isRetrieval = i % 23 == 5;
        var isRepeat = isRetrieval && i % 2 != 0;
        var usage = outcome == Outcome.Ok ? Tokens(i, hasAllKinds: isRepeat) : null;
        return new LlmUsage
        {
            EventId = new Guid(i, 0x7000, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 9]),
            Edge = new EdgePosition { Id = new Guid(7, 0, 0, new byte[8]), Epoch = "00112233445566778899aabbccddeeff", Sequence = i },
            RequestId = $"req-{i}",
            Attempt = i % 10 == 0 ? 2 : i % 25 == 0 ? 3 : 1,
            StartedAt = time,
            DurationUs = 300_000 + (i * 7919L % 97 * 411_000),
            TimeToFirstTokenUs = outcome == Outcome.Ok && i % 5 != 0 ? 90_000 + (i * 6007L % 89 * 10_300) : null,
            Provider = Pick(i, "openai", "anthropic", "google"),
            Upstream = Pick(i * i, "openai-eu", "openai-us", "anthropic", "vertex"),
            Api = Pick(i, "openai.chat", "anthropic.messages", "gemini.generate_content", "openai.embeddings"),
            Operation = isRetrieval ? "retrieve" : Pick(i / 3, "chat", "embeddings", "generate_content"),
            Background = isRetrieval && !isRepeat,
            RequestModel = i % 31 == 7 ? null : $"model-{i % 13:00}",
            ResponseModel = outcome == Outcome.Ok ? $"model-{i % 13:00}-{(i % 26 < 13 ? "a" : "b")}" : null,
            Streaming = i % 3 == 0,
            StatusCode = outcome switch { Outcome.Ok => 200, Outcome.RateLimited => 429, Outcome.UpstreamError => i % 16 == 3 ? 500 : 503, _ => null },
            Outcome = outcome,
            ErrorType = outcome == Outcome.Ok || i % 40 == 3 ? null : Pick(i / 8, "rate_limit_exceeded", "overloaded", "timeout", "insufficient_quota"),
            FinishReasons = outcome != Outcome.Ok ? [] : i % 29 == 1 ? ["stop", "length"] : [Pick(i / 2, "stop", "stop", "length", "tool_calls")],
            Usage = usage,
            UsageSource = usage is null ? UsageSource.None : i % 12 == 1 ? UsageSource.Estimated : i % 17 == 2 ? UsageSource.Partial : UsageSource.Provider,
            UsageQuality = i % 14 == 6 ? UsageQuality.Inconsistent : UsageQuality.Consistent,
            UsageInjection = i % 3 != 0 ? UsageInjection.NotApplicable : i % 6 == 0 ? UsageInjection.Injected : UsageInjection.ClientAsked,
            ProviderReportedCost = i % 15 == 4 ? 0.0023m * (i + 1) : null,
            Attribution = new Attribution
            {
                Tenant = i % 11 == 10 ? null : Pick(i / 2, "acme", "globex", "initech"),
                Team = i % 9 == 8 ? null : $"team-{i * 5 % 14:00}",
                User = i % 64 == 11 ? "user-of-timeouts" : i % 6 == 5 ? null : $"user-{i * 3 % 67:00}",
                Feature = i % 7 == 6 ? null : Pick(i, "search", "support", "coding", "mail", "tagging"),
                Environment = i % 13 == 12 ? null : Pick(i / 4, "production", "staging", "test"),
            },
            RequestBytes = 512 + i,
            ResponseBytes = 2048 + i,
            Truncated = i % 50 == 20,
            EventTime = time,
            ClockReported = i % 33 == 30 ? time.AddDays(-40) : null,
            Cost = CostOf(i, outcome, isRepeat, isBooked: isRetrieval && i % 4 == 0),
            Impact = ImpactOf(i, outcome),
            Revision = 1,
            EnrichedAt = time.AddSeconds(1),
            Raw = new RecordPosition { Topic = Topics.UsageRaw, Partition = i % 12, Offset = i },
        };
    }

    private static TokenUsage Tokens(int i, bool hasAllKinds)
    {
        long Few(int every, long size) => hasAllKinds || i % every == 0 ? size + i : 0;
        var usage = new TokenUsage
        {
            InputUncached = 100 + (i * 17 % 211),
            CacheRead = Few(3, 700),
            CacheWrite = Few(11, 90),
            CacheWrite5m = Few(13, 70),
            CacheWrite1h = Few(17, 50),
            InputAudio = Few(19, 40),
            InputImage = Few(21, 30),
            InputVideo = Few(22, 25),
            ToolUsePrompt = Few(25, 20),
            OutputText = 50 + (i * 29 % 307),
            Reasoning = Few(4, 300),
            OutputAudio = Few(26, 15),
            OutputImage = Few(27, 12),
        };
        return usage with
        {
            InputTotal = usage.InputUncached + usage.CacheRead + usage.CacheWrite + usage.CacheWrite5m + usage.CacheWrite1h + usage.InputAudio + usage.InputImage
                + usage.InputVideo + usage.ToolUsePrompt,
            OutputTotal = usage.OutputText + usage.Reasoning + usage.OutputAudio + usage.OutputImage,
        };
    }

    private static Cost CostOf(int i, Outcome outcome, bool isRepeat, bool isBooked)
    {
        // One whose status a newer enricher may have written.
        var status = isRepeat && i < 23 ? CostStatus.Unknown
            : isBooked && outcome == Outcome.Ok ? CostStatus.AlreadyBooked
            : isRepeat || outcome == Outcome.RateLimited ? CostStatus.Free
            : outcome != Outcome.Ok ? CostStatus.UsageMissing
            : i % 13 == 1 ? CostStatus.UnpricedModel
            : i % 16 == 2 ? CostStatus.UnpricedDimension
            : i % 18 == 4 ? CostStatus.Ambiguous
            : i % 37 == 0 ? CostStatus.Free
            : CostStatus.Priced;
        var list = status switch
        {
            CostStatus.Free or CostStatus.AlreadyBooked => 0m,
            CostStatus.UsageMissing or CostStatus.UnpricedModel or CostStatus.Unknown => (decimal?)null,
            _ => (0.0013m * (1 + (i * 41 % 97))) + (0.000_001m * i),
        };
        return new Cost
        {
            Status = status,
            Currency = i % 19 == 4 ? "EUR" : "USD",
            ListTotal = list,
            NetTotal = i % 2 == 0 ? list : list * 0.9m,
            Unpriced = status == CostStatus.UnpricedDimension ? i % 32 == 2 ? ["audio_seconds", "web_search"] : ["web_search"] : [],
            CatalogueId = i % 27 == 26 ? null : Pick(i, "public", "contract"),
            CatalogueVersion = i % 27 == 26 ? null : Pick(i / 5, "2031-02-01", "2031-03-01"),
            PriceKey = outcome == Outcome.Ok ? $"{Pick(i, "openai", "anthropic", "google")}/model-{i % 13:00}" : null,
        };
    }

    private static Impact? ImpactOf(int i, Outcome outcome)
    {
        if (i % 41 == 9) return null;
        var status = outcome != Outcome.Ok ? ImpactStatus.InvalidInput
            : i % 13 == 2 ? ImpactStatus.UnknownModel
            : i % 20 == 6 ? ImpactStatus.NotText
            : ImpactStatus.Estimated;
        if (status != ImpactStatus.Estimated) return new Impact { Status = status };
        ImpactRange Estimate(double unit) => new() { Min = unit * (1 + (i * 31 % 53)), Max = unit * (3 + (2 * (i * 31 % 53)) + (i % 3)) };
        ImpactPart Part(double share) => new() { Gwp = Estimate(0.0001 * share), Energy = Estimate(0.0004 * share) };
        return new Impact
        {
            Status = status,
            Method = "ecologits",
            Version = i % 4 == 0 ? "0.8" : "0.9",
            Zone = Pick(i, "WOR", "USA", "FRA"),
            ZoneSource = Pick(i, "default", "provider", "configuration"),
            Gwp = Estimate(0.0001),
            Energy = Estimate(0.0004),
            Pe = Estimate(0.0031),
            Wcf = Estimate(0.0007),
            Usage = Part(0.9),
            Embodied = Part(0.1),
        };
    }

    private static string Pick(int i, params string[] values) => values[i % values.Length];
}
