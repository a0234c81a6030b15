using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;

namespace Pipeline.BudgetWatcher.Alerting;

/// <summary>
/// The shell around <see cref="AlertingStep"/>: performs the deliveries of a batch side by side while the loop's thread waits. A
/// receiver that is down costs its own alerts; the others' are posted meanwhile, and the loop goes on when it is given up.
/// </summary>
public sealed partial class AlertDeliverer : IDisposable
{
    /// <summary>
    /// No delivery of a batch begins after this; with <see cref="AlertingOptions.GiveUpAfter"/> (60 s at most) a turn stays below the
    /// 120 s after which the group takes away the partitions of a member that is not heard of.
    /// </summary>
    private static readonly TimeSpan MaxTurn = TimeSpan.FromSeconds(45);

    private readonly SchemaCatalog _catalog;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly AlertingStep _step;
    private readonly WebhookSender _sender;
    private readonly ConcurrentDictionary<string, Trouble> _troubles = new(StringComparer.Ordinal);

    /// <param name="handler">Outgoing HTTP; disposed with this.</param>
    public AlertDeliverer(SchemaCatalog catalog, BudgetSet budgets, AlertingOptions options, HttpMessageHandler handler, TimeProvider time, ILogger logger)
    {
        (_catalog, _time, _logger) = (catalog, time, logger);
        _step = new AlertingStep(catalog, budgets);
        _sender = new WebhookSender(budgets.Webhooks.Values, options, handler, time);
    }

    /// <summary>The loop's step.</summary>
    public ITransform Step => _step;

    /// <summary>For readiness: a warning names each webhook whose last alert was not delivered.</summary>
    public CheckResult Check()
    {
        var troubles = _troubles.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair =>
            $"{pair.Value.LastMessage} ({pair.Value.Alerts} in a row)").ToList();
        return troubles.Count == 0 ? CheckResult.Ok
            : CheckResult.Warning($"{string.Join("; ", troubles)}; what was not delivered is in {Topics.DeadLetter(Topics.BudgetAlerts)}");
    }

    /// <summary>Settles every delivery of the batch.</summary>
    /// <returns>False when the registry is not there, or there was no time for all of them: offer the batch again.</returns>
    public bool Prepare(RecordBatch batch, CancellationToken stop)
    {
        if (!_catalog.Resolve(batch, stop)) return false;
        _step.Begin(batch);
        foreach (var name in _step.UnknownWebhooks)
            Settled(name, new DeliveryResult(DeliveryOutcome.UnknownWebhook, $"the budgets file has no webhook {name}, which alerts name"));

        var began = _time.GetTimestamp();
        var due = _step.Due.ToArray();
        var sending = Array.ConvertAll(due, one => _sender.Send(one.Delivery, () => _time.GetElapsedTime(began) < MaxTurn, stop));
        var results = Task.WhenAll(sending).GetAwaiter().GetResult();
        var isSettled = true;
        for (var i = 0; i < due.Length; i++)
        {
            if (results[i] is not { } result)
            {
                isSettled = false;
                continue;
            }

            _step.Accept(due[i].Item, due[i].Delivery, result);
            Settled(due[i].Delivery.Webhook.Name, result);
        }

        return isSettled;
    }

    public void Dispose()
    {
        _sender.Dispose();
        _step.Dispose();
    }

    private void Settled(string webhook, DeliveryResult result)
    {
        AlertingMetrics.Settled(webhook, result.Outcome);
        if (result.Outcome == DeliveryOutcome.Delivered)
        {
            if (_troubles.TryRemove(webhook, out var earlier)) WebhookTakesAgain(_logger, webhook, earlier.Alerts);
            return;
        }

        var trouble = _troubles.AddOrUpdate(webhook, _ => new Trouble(1, result.Message), (_, known) => new Trouble(known.Alerts + 1, result.Message));
        if (trouble.Alerts == 1) WebhookFails(_logger, result.Message);
    }

    private readonly record struct Trouble(int Alerts, string LastMessage);

    [LoggerMessage(80, LogLevel.Warning, "WebhookFails: {Message}", EventName = "WebhookFails")]
    private static partial void WebhookFails(ILogger logger, string message);

    [LoggerMessage(81, LogLevel.Information, "WebhookTakesAgain {Webhook}: after {Alerts} alerts that were not delivered", EventName = "WebhookTakesAgain")]
    private static partial void WebhookTakesAgain(ILogger logger, string webhook, int alerts);
}
