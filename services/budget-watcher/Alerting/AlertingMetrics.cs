using System.Diagnostics.Metrics;
using Pipeline.Runtime.Telemetry;

namespace Pipeline.BudgetWatcher.Alerting;

internal static class AlertingMetrics
{
    private static readonly Counter<long> Deliveries = PipelineMeter.Counter(
        "pipeline_alerter_deliveries_total",
        "Alerts by webhook and what became of them there: delivered, refused (a 3xx or 4xx answer), failed (given up at the bound), "
        + "unknown_webhook (the budgets file does not have it).",
        "webhook", "outcome");

    private static readonly Histogram<double> Requests = PipelineMeter.Histogram(
        "pipeline_alerter_request_duration_seconds", "Time of each webhook request until its answer, by verdict: taken, retry, refused.", null,
        "webhook", "verdict");

    public static void Settled(string webhook, DeliveryOutcome outcome) => Deliveries.Add(
        1, new KeyValuePair<string, object?>("webhook", webhook), new KeyValuePair<string, object?>("outcome", NameOf(outcome)));

    public static void Answered(string webhook, WebhookReply reply, TimeSpan duration) => Requests.Record(
        duration.TotalSeconds, new KeyValuePair<string, object?>("webhook", webhook), new KeyValuePair<string, object?>("verdict", NameOf(reply.Verdict)));

    private static string NameOf(DeliveryOutcome outcome) => outcome switch
    {
        DeliveryOutcome.Delivered => "delivered",
        DeliveryOutcome.Refused => "refused",
        DeliveryOutcome.UnknownWebhook => "unknown_webhook",
        _ => "failed",
    };

    private static string NameOf(ReplyVerdict verdict) => verdict switch
    {
        ReplyVerdict.Taken => "taken",
        ReplyVerdict.Refused => "refused",
        _ => "retry",
    };
}
