using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.DeadLetters;

namespace Pipeline.BudgetWatcher.Alerting;

/// <summary>One alert on its way to one webhook.</summary>
/// <param name="AlertId">Also the `webhook-id`: a receiver that sees it again has had it.</param>
/// <param name="Body">The same bytes for every webhook and every request.</param>
public sealed record Delivery(Guid AlertId, Webhook Webhook, ReadOnlyMemory<byte> Body);

/// <summary>What became of a delivery, for good.</summary>
public enum DeliveryOutcome
{
    /// <summary>Answered with 2xx.</summary>
    Delivered,

    /// <summary>The receiver does not take this request: it would not take it again either.</summary>
    Refused,

    /// <summary>Given up at the bound of requests or time.</summary>
    Failed,

    /// <summary>The alert names a webhook that the budgets file does not have.</summary>
    UnknownWebhook,
}

/// <param name="Message">Webhook and status in one sentence, without address, secret or body; empty when delivered.</param>
public readonly record struct DeliveryResult(DeliveryOutcome Outcome, string Message)
{
    public static readonly DeliveryResult Delivered = new(DeliveryOutcome.Delivered, "");

    /// <summary>What the alert's dead letter says; only of results other than delivered.</summary>
    internal DeadLetterReason Reason => Outcome switch
    {
        DeliveryOutcome.Refused => DeadLetterReason.DeliveryRefused,
        DeliveryOutcome.UnknownWebhook => DeadLetterReason.UnknownWebhook,
        _ => DeadLetterReason.DeliveryFailed,
    };
}
