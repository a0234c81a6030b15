using Pipeline.GatewayEdge.Metering;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>Ends attempts: makes the event of what is known and appends it.</summary>
internal sealed class AttemptClosing(TimeProvider time, ForwardingMetrics metrics)
{
    /// <param name="metered">What the reply told; null = none came.</param>
    /// <returns>False: the event could not be written and the reply is to be broken off before its completing frame.</returns>
    public bool Close(Exchange call, AttemptFailure failure, MeteredReply? metered)
    {
        if (metered is { LimitsReached: > 0 }) metrics.ReplyUnmetered("limit_reached");
        if (metered is { IsUndecodable: true }) metrics.ReplyUnmetered("undecodable");
        if (metered is { ParseFailures: > 0 }) metrics.ReplyUnmetered("unreadable");
        if (metered is { UsageQuality: UsageQuality.Inconsistent }) metrics.UsageInconsistent(call.Upstream.Name);
        return call.Record.Close(EventAssembly.Closing(call.Record.Opening!, new AttemptEnd(
            call.Watch.IsClientGone,
            failure,
            call.StatusCode,
            metered is null ? null : UsageEstimate.Apply(metered, call.Body.IsWhole && !call.IsEncoded ? call.Body.Gathered.Span : default),
            call.Facts,
            time.GetElapsedTime(call.StartedTimestamp),
            call.TimeToFirstByte,
            call.RateLimit,
            call.Injection,
            call.RequestBytes,
            call.ResponseBytes)));
    }

    /// <summary>Writes the event of an attempt that a defect of ours ended.</summary>
    public void CloseUnfinished(Exchange call)
    {
        Close(call, AttemptFailure.GatewayFault, null);
        call.Writer.BreakOff();
    }
}
