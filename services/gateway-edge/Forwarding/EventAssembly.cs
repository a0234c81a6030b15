using Pipeline.GatewayEdge.Attribution;
using Pipeline.GatewayEdge.Metering;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>What is known when an attempt starts.</summary>
internal readonly record struct AttemptStart(
    Guid EventId,
    DateTimeOffset StartedAt,
    Route Route,
    RequestFacts Facts,
    CallerHeaders Headers,
    Schemas.Attribution Attribution,
    UsageInjection Injection,
    long RequestBytes);

/// <summary>What is known when an attempt has ended.</summary>
/// <param name="Metered">Null = no reply came.</param>
internal readonly record struct AttemptEnd(
    bool IsClientGone,
    AttemptFailure Failure,
    int? StatusCode,
    MeteredReply? Metered,
    RequestFacts Facts,
    TimeSpan Duration,
    TimeSpan? TimeToFirstByte,
    RateLimit? RateLimit,
    UsageInjection Injection,
    long RequestBytes,
    long ResponseBytes);

/// <summary>Makes the event of an attempt: its start, and later its end on top of that.</summary>
internal static class EventAssembly
{
    /// <summary>The spool knows edge, epoch and sequence and puts them in.</summary>
    private static readonly EdgePosition NotPlaced = new() { Id = Guid.Empty, Epoch = "", Sequence = 0 };

    /// <summary>Digits of the record's money behind the point.</summary>
    private const int MoneyScale = 12;

    public static LLMUsageAudit Opening(in AttemptStart start)
    {
        TraceContext.TryRead(start.Headers.TraceParent, out var traceId, out var spanId);
        var match = start.Route.Match;
        return new LLMUsageAudit
        {
            EventId = start.EventId,
            Edge = NotPlaced,
            RequestId = CallerIdentity.RequestId(start.Headers.RequestId, start.EventId),
            TraceId = traceId,
            SpanId = spanId,
            Attempt = CallerIdentity.Attempt(start.Headers.RetryCount, start.Headers.AwsSdkRequest),
            StartedAt = start.StartedAt,
            DurationUs = 0,
            Provider = start.Route.Upstream.Provider,
            Upstream = start.Route.Upstream.Name,
            Api = match.Api,
            Operation = match.Operation,
            Region = start.Route.Upstream.Options.Region,
            RequestModel = start.Facts.Model ?? match.UrlModel,
            ProviderResponseId = match.StoredId,
            Streaming = start.Facts.AsksForStream,
            Outcome = Outcome.Interrupted,
            UsageSource = UsageSource.None,
            UsageQuality = UsageQuality.Unknown,
            UsageInjection = start.Injection,
            PriceContext = start.Facts.PriceContext,
            Attribution = start.Attribution,
            RequestBytes = start.RequestBytes,
            ResponseBytes = 0,
        };
    }

    public static LLMUsageAudit Closing(LLMUsageAudit opening, in AttemptEnd end)
    {
        var metered = end.Metered ?? NoReply;
        return opening with
        {
            DurationUs = Microseconds(end.Duration),
            TimeToFirstTokenUs = end.TimeToFirstByte is { } first ? Microseconds(first) : null,
            StatusCode = end.StatusCode,
            Outcome = AttemptOutcome.Of(end.IsClientGone, end.Failure, end.StatusCode, metered.IsErrorInside200, metered.HasEnded),
            ErrorType = end.Failure.Name() ?? metered.ErrorType ?? metered.ErrorCode,
            UsageInjection = end.Injection,
            RateLimit = end.RateLimit,
            RequestBytes = end.RequestBytes,
            ResponseBytes = end.ResponseBytes,
            Streaming = opening.Streaming || metered.IsStream,
            ResponseModel = metered.ResponseModel,
            ServiceTier = metered.ServiceTier,
            FinishReasons = metered.FinishReasons,
            ProviderResponseId = metered.ProviderResponseId ?? opening.ProviderResponseId,
            Background = metered.Background,
            Usage = metered.Usage,
            Billed = metered.Billed,
            UsageSource = metered.UsageSource,
            UsageQuality = metered.UsageQuality,
            Quantities = !metered.IsError ? Merge(end.Facts.Quantities, metered.Quantities) : metered.Quantities,
            ToolCalls = metered.ToolCalls,
            ProviderUsage = metered.ProviderUsage,
            ProviderReportedCost = metered.ProviderReportedCost is { } cost ? decimal.Round(cost, MoneyScale) : null,
            PriceContext = Merge(opening.PriceContext, metered.PriceContext),
        };
    }

    private static readonly MeteredReply NoReply = new() { IsError = true };

    /// <summary>Where the reply speaks it stands above the request.</summary>
    private static IReadOnlyDictionary<string, T> Merge<T>(IReadOnlyDictionary<string, T> asked, IReadOnlyDictionary<string, T> told)
    {
        if (told.Count == 0) return asked;
        if (asked.Count == 0) return told;
        var merged = new Dictionary<string, T>(asked, StringComparer.Ordinal);
        foreach (var (name, value) in told) merged[name] = value;
        return merged;
    }

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;
}
