using System.Diagnostics;
using Pipeline.Runtime.Telemetry;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Telemetry;

/// <summary>
/// One span for each attempt, under OpenTelemetry's names for generative AI, made from the event once the reply is over: nobody listening,
/// nothing done. It continues the caller's trace; the provider sees the caller's traceparent as it came.
/// </summary>
internal static class AttemptSpans
{
    /// <param name="traceParent">The caller's; its sampled flag decides as the exporter's sampler says.</param>
    public static void Record(LLMUsageAudit audit, string? traceParent)
    {
        if (!PipelineMeter.Traces.HasListeners()) return;
        // The trace state is the caller's free text: it goes to the provider, not into records.
        ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent);
        var operation = GenAiNames.OperationNameOf(audit.Operation);
        var name = audit.RequestModel is { } model ? $"{operation} {model}" : operation;
        using var span = PipelineMeter.Traces.StartActivity(name, ActivityKind.Client, parent, startTime: audit.StartedAt);
        if (span is null) return;
        span.SetEndTime(audit.StartedAt.UtcDateTime.AddMicroseconds(audit.DurationUs));
        if (span.IsAllDataRequested) Describe(span, audit, operation);
    }

    private static void Describe(Activity span, LLMUsageAudit audit, string operation)
    {
        span.SetTag(GenAiNames.OperationName, operation);
        span.SetTag(GenAiNames.ProviderName, GenAiNames.ProviderNameOf(audit.Provider));
        span.SetTag(GenAiNames.RequestModel, audit.RequestModel);
        span.SetTag(GenAiNames.ResponseModel, audit.ResponseModel);
        span.SetTag(GenAiNames.ResponseId, audit.ProviderResponseId);
        span.SetTag(GenAiNames.ConversationId, audit.Attribution.Session);
        if (audit.FinishReasons.Count > 0) span.SetTag(GenAiNames.FinishReasons, audit.FinishReasons.ToArray());
        if (audit.Streaming)
        {
            span.SetTag(GenAiNames.RequestStream, true);
            if (audit.TimeToFirstTokenUs is { } us) span.SetTag(GenAiNames.TimeToFirstChunk, us / 1e6);
        }

        // What is read again was used before: the convention has no tokens on it.
        if (audit.Operation != "retrieve" && audit.UsageSource != UsageSource.Estimated) DescribeTokens(span, audit);
        span.SetTag(GenAiNames.HttpStatusCode, audit.StatusCode);
        span.SetTag(GenAiNames.Upstream, audit.Upstream);
        span.SetTag(GenAiNames.Attempt, audit.Attempt);
        span.SetTag(GenAiNames.Tenant, audit.Attribution.Tenant);
        span.SetTag(GenAiNames.Team, audit.Attribution.Team);
        if (audit.Outcome == Outcome.Ok) return;
        span.SetTag(GenAiNames.ErrorType, audit.ErrorType ?? audit.Outcome.Symbol());
        span.SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>Where a provider charges something else than was used, the convention wants what is charged.</summary>
    private static void DescribeTokens(Activity span, LLMUsageAudit audit)
    {
        span.SetTag(GenAiNames.InputTokens, Charged(audit, static usage => usage.InputTotal));
        span.SetTag(GenAiNames.OutputTokens, Charged(audit, static usage => usage.OutputTotal));
        span.SetTag(GenAiNames.CacheReadInputTokens, Charged(audit, static usage => usage.CacheRead));
        span.SetTag(GenAiNames.CacheWriteInputTokens, Charged(audit, static usage => Sum(usage.CacheWrite, Sum(usage.CacheWrite5m, usage.CacheWrite1h))));
        span.SetTag(GenAiNames.ReasoningOutputTokens, Charged(audit, static usage => usage.Reasoning));
    }

    /// <returns>Null = no pass tells.</returns>
    private static long? Charged(LLMUsageAudit audit, Func<TokenUsage, long?> count) =>
        audit.Billed.Count == 0 ? audit.Usage is { } usage ? count(usage) : null
        : audit.Billed.Aggregate((long?)null, (sum, pass) => Sum(sum, count(pass.Usage)));

    private static long? Sum(long? a, long? b) => a is null ? b : b is null ? a : a + b;
}
