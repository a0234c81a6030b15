using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>What is known about being charged apart from figures; see docs/decisions/0001-cost-status.md.</summary>
internal static class Billing
{
    /// <summary>Operation that fetches an answer made before.</summary>
    public const string Retrieve = "retrieve";

    /// <summary>Operations and API families that no provider charges for, whatever they report.</summary>
    private static readonly string[] FreeOperations = ["moderation", "moderations", "count_tokens", "countTokens", "models", "input_tokens"];

    /// <summary>The edge's own reasons for attempts whose request never reached the provider.</summary>
    private static readonly string[] NeverSent = ["connect_timeout", "connection_refused", "name_not_resolved", "tls_failed"];

    /// <summary>
    /// The reply repeats an answer that its own call was charged for. Of a background call the first answer held no figures,
    /// so there the retrieval is the one to price.
    /// </summary>
    public static bool IsRepeat(LLMUsageAudit call) => call.Operation == Retrieve && !call.Background;

    /// <summary>The provider charges nothing for this kind of call: it checks, counts or lists.</summary>
    public static bool IsFreeOperation(LLMUsageAudit call) => 
        FreeOperations.Contains(call.Operation) || FreeOperations.Contains(call.Api[(call.Api.LastIndexOf('.') + 1)..]);

    /// <summary>
    /// Without figures: nothing was charged, because no model ran. It was never sent, or was refused before it reached a model:
    /// wrong key, no right, no such model or path, over the limit, kept back by the edge. Any other error stays unknown money:
    /// providers do charge for some (a prompt that their filter stopped after reading it, a call that timed out on the way back).
    /// Looking at an answer that is not there yet costs nothing either: what it will cost is its own call's unknown.
    /// </summary>
    public static bool IsUncharged(LLMUsageAudit call) => call.Operation == Retrieve || call.StatusCode switch
    {
        { } status => status is 401 or 402 or 403 or 404 or 405 or 429,
        _ => call.Outcome is Outcome.Rejected or Outcome.RateLimited || NeverSent.Contains(call.ErrorType),
    };

    /// <summary>The same for an event: also an answer that an earlier event was charged with.</summary>
    public static bool IsRepeat(LLMUsageAudit call, Cost cost) => cost.Status == CostStatus.AlreadyBooked || IsRepeat(call);
}
