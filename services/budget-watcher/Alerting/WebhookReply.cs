using System.Globalization;

namespace Pipeline.BudgetWatcher.Alerting;

/// <summary>What one request's end means for its delivery.</summary>
internal enum ReplyVerdict
{
    Taken,

    /// <summary>For now: ask again.</summary>
    Retry,

    /// <summary>For good.</summary>
    Refused,
}

/// <param name="Status">0 when there was no answer.</param>
/// <param name="Reason">Without address and body.</param>
/// <param name="RetryAfter">The wait that the receiver asks for.</param>
internal readonly record struct WebhookReply(ReplyVerdict Verdict, int Status, string Reason, TimeSpan? RetryAfter = null)
{
    /// <summary>
    /// 2xx is taken. 408, 429 and 5xx pass; every other status comes again however often one asks. Redirects are not followed: the
    /// body would go to an address that no one configured.
    /// </summary>
    public static WebhookReply Of(int status, TimeSpan? retryAfter)
    {
        var reason = string.Create(CultureInfo.InvariantCulture, $"status {status}");
        return status switch
        {
            >= 200 and < 300 => new(ReplyVerdict.Taken, status, reason),
            408 or 429 or >= 500 => new(ReplyVerdict.Retry, status, reason, retryAfter),
            >= 300 and < 400 => new(ReplyVerdict.Refused, status, $"{reason}: redirects are not followed, give the final address"),
            _ => new(ReplyVerdict.Refused, status, reason),
        };
    }

    public static WebhookReply Lost(string reason) => new(ReplyVerdict.Retry, 0, reason);
}
