using Pipeline.BudgetWatcher;
using Pipeline.BudgetWatcher.Alerting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests.Processes;

/// <summary>
/// The alerter around its core. Its own shell posts side by side on other threads; here the posts are made one after the other, on a
/// network where requests and answers are lost.
/// </summary>
internal sealed class AlerterProcess(SimulatedWorld world, string name) : LoopProcess(world, name, BudgetWatcherService.Schemas)
{
    protected override (ITransform Step, PrepareBatch Prepare) Make(SchemaCatalog catalog)
    {
        var (step, incarnation) = (new AlertingStep(catalog, World.Budgets.Configured), Current!);
        return (step, Prepare);

        bool Prepare(RecordBatch batch, CancellationToken stop)
        {
            if (!catalog.Resolve(batch, stop)) return false;
            step.Begin(batch);
            var isSettled = true;
            foreach (var (item, delivery) in step.Due.ToArray())
            {
                incarnation.Touch("post");
                if (World.Receivers.Post(delivery.AlertId, delivery.Webhook.Name) is { } result) step.Accept(item, delivery, result);
                else isSettled = false;
            }

            return isSettled;
        }
    }

    protected override TransformOptions Options(string instance) => new(AlertingStep.Stage, Groups.Alerter, [Topics.BudgetAlerts], instance)
    {
        MaxBatchRecords = World.Chance.Between(1, 20),
        MaxConsecutiveDeadLetters = int.MaxValue,
    };
}
