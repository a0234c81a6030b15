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
        if (audit.Usage is { } usage && audit.Operation != "retrieve" && audit.UsageSource != UsageSource.Estimated) Describe(span, usage);
        span.SetTag("http.response.status_code", audit.StatusCode);
        span.SetTag("llm.upstream", audit.Upstream);
        span.SetTag("llm.attempt", audit.Attempt);
        span.SetTag("llm.attribution.tenant", audit.Attribution.Tenant);
        span.SetTag("llm.attribution.team", audit.Attribution.Team);
        if (audit.Outcome == Outcome.Ok) return;
        span.SetTag(GenAiNames.ErrorType, audit.ErrorType ?? audit.Outcome.Symbol());
        span.SetStatus(ActivityStatusCode.Error);
    }

    private static void Describe(Activity span, TokenUsage usage)
    {
        span.SetTag(GenAiNames.InputTokens, usage.InputTotal);
        span.SetTag(GenAiNames.OutputTokens, usage.OutputTotal);
        span.SetTag(GenAiNames.CacheReadInputTokens, usage.CacheRead);
        if (usage.CacheWrite is not null || usage.CacheWrite5m is not null || usage.CacheWrite1h is not null)
            span.SetTag(GenAiNames.CacheWriteInputTokens, (usage.CacheWrite ?? 0) + (usage.CacheWrite5m ?? 0) + (usage.CacheWrite1h ?? 0));
        span.SetTag(GenAiNames.ReasoningOutputTokens, usage.Reasoning);
    }
}
