using Pipeline.GatewayEdge.Forwarding;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Telemetry;

/// <summary>What the gateway tells of calls beside their events. Everything here comes after the reply, out of the event: none of it is on the reply's way.</summary>
internal sealed class CallTelemetry(DashboardMetrics metrics, AccessLog log, TimeProvider time)
{
    /// <summary>Each attempt has its span and its tokens.</summary>
    public void AttemptEnded(LLMUsageAudit audit, string? traceParent)
    {
        metrics.Count(audit);
        AttemptSpans.Record(audit, traceParent);
    }

    /// <summary>Each call has its line, also one that the gateway answered itself.</summary>
    /// <param name="upstream">Null = the call's target leads nowhere.</param>
    public void CallEnded(Exchange call, string? upstream)
    {
        if (!log.IsOn) return;
        log.Add(new AccessLogEntry(
            call.Record.Closed, call.Request.Method, call.Request.RawTarget, call.Writer.HasBegun ? call.Response.StatusCode : 0, upstream, time.GetUtcNow()));
    }
}
