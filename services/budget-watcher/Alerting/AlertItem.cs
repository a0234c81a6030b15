using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Alerting;

/// <summary>One alert of the batch on its way to its webhooks.</summary>
internal sealed class AlertItem(LogRecord record)
{
    private readonly List<Delivery> _open = [];

    public LogRecord Record => record;

    /// <summary>Deliveries of which nothing is known yet.</summary>
    public IReadOnlyList<Delivery> Open => _open;

    /// <summary>Why the record is a dead letter; null when it is none. The first reason counts, the message names every webhook.</summary>
    public (DeadLetterReason Reason, string Message)? Dead { get; private set; }

    /// <summary>Opens a delivery for each webhook that the alert names.</summary>
    /// <returns>Names that the budgets file does not have.</returns>
    public IReadOnlyList<string> Address(BudgetAlert alert, IReadOnlyDictionary<string, Webhook> webhooks)
    {
        var names = alert.Webhooks.Distinct(StringComparer.Ordinal).ToList();
        if (names.Count == 0) return [];
        var body = AlertJson.Of(alert);
        foreach (var name in names)
            if (webhooks.TryGetValue(name, out var webhook)) _open.Add(new Delivery(alert.AlertId, webhook, body));
        var unknown = names.Where(name => !webhooks.ContainsKey(name)).ToList();
        foreach (var name in unknown)
            Bury(DeadLetterReason.UnknownWebhook, $"the budgets file has no webhook {name}, which the alert names; give it its entry back");
        return unknown;
    }

    public void Settle(Delivery delivery, DeliveryResult result)
    {
        if (!_open.Remove(delivery)) throw new InvalidOperationException($"the delivery to {delivery.Webhook.Name} is settled already");
        if (result.Outcome != DeliveryOutcome.Delivered) Bury(result.Reason, result.Message);
    }

    public void Bury(DeadLetterReason reason, string message) =>
        Dead = Dead is { } earlier ? (earlier.Reason, $"{earlier.Message}; {message}") : (reason, message);
}
