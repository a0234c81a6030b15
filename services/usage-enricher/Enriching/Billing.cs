using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>What is known about being charged apart from figures; see docs/decisions/0003-what-an-error-costs.md.</summary>
internal static class Billing
{
    private const string Retrieve = "retrieve";

    /// <summary>
    /// The reply repeats an answer that its own call was charged for. Of a background call the first answer held no figures,
    /// so there the retrieval is the one to price.
    /// </summary>
    public static bool IsRepeat(LLMUsageAudit call) => call.Operation == Retrieve && !call.Background;

    /// <summary>
    /// Without figures: nothing was charged, because no model ran. Refused before it reached one: wrong key, no right, no such
    /// model or path, over the limit, or kept back by the edge. Any other error stays unknown money: providers do charge
    /// for some (a prompt that their filter stopped after reading it, a call that timed out on the way back).
    /// </summary>
    public static bool IsUncharged(LLMUsageAudit call) =>
        call.Outcome == Outcome.Rejected || call.StatusCode is 401 or 402 or 403 or 404 or 405 or 429;
}
