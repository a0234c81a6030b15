using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>How an attempt ended, as the event says it.</summary>
internal static class AttemptOutcome
{
    /// <param name="isClientGone">The caller left before the event was made.</param>
    /// <param name="failure">What broke; None when the upstream's reply came whole.</param>
    /// <param name="statusCode">The upstream's status; null when there was none.</param>
    /// <param name="holdsError">The reply's body is an error, also under a 200.</param>
    /// <param name="hasEnded">The reply reached its own end: a stream's terminal frame, its last reason where the host sends no such frame, or the last byte.</param>
    public static Outcome Of(bool isClientGone, AttemptFailure failure, int? statusCode, bool holdsError, bool hasEnded)
    {
        if (isClientGone || failure == AttemptFailure.RequestAborted) return Outcome.ClientCancelled;
        if (failure.IsTimeout()) return Outcome.Timeout;
        if (failure is AttemptFailure.GatewayStopped or AttemptFailure.GatewayFault) return Outcome.Interrupted;
        if (failure != AttemptFailure.None) return Outcome.UpstreamError;
        if (statusCode == 429) return Outcome.RateLimited;
        return statusCode is null or >= 400 || holdsError || !hasEnded ? Outcome.UpstreamError : Outcome.Ok;
    }
}
