using Microsoft.Extensions.Logging;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;

namespace Pipeline.BudgetWatcher.Alerting;

/// <summary>The alerter as a part of a service: the same in a process of its own and in all-in-one.</summary>
public static class AlertingService
{
    /// <summary>Few, so that a turn has time for every delivery even when receivers are slow.</summary>
    private const int MaxBatchRecords = 100;

    /// <summary>
    /// Unlike elsewhere, dead letters in a row are no sign of a bad deploy: a receiver that is away for a night makes them. They
    /// must not stop the watcher, which counts on.
    /// </summary>
    private const int MaxConsecutiveDeadLetters = int.MaxValue;

    /// <summary>Adds the loop that posts `llm-budget-alerts`, with its readiness.</summary>
    /// <returns>To be disposed once the service has run.</returns>
    public static AlertDeliverer Add(ServiceHost service, LogConnection log, BudgetSet budgets, AlertingOptions options)
    {
        var logger = service.Loggers.CreateLogger(AlertingStep.Stage);
        var deliverer = new AlertDeliverer(log.Schemas, budgets, options, WebhookSender.CreateHandler(), service.Time, logger);
        service.Health.Check("webhooks", deliverer.Check);
        log.AddLoop(deliverer.Step, new TransformOptions(AlertingStep.Stage, Groups.Alerter, [Topics.BudgetAlerts], log.IdOf(AlertingStep.Stage))
        {
            MaxBatchRecords = MaxBatchRecords,
            MaxConsecutiveDeadLetters = MaxConsecutiveDeadLetters,
        }, deliverer.Prepare);
        return deliverer;
    }
}
