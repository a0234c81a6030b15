using Pipeline.BudgetWatcher.Alerting;

namespace Pipeline.Simulation.Tests.World;

/// <summary>Those who are alerted. What they get twice has the same id.</summary>
internal sealed class Receivers(SimulatedWorld world)
{
    /// <summary>Alerts that arrived, by receiver.</summary>
    public HashSet<(Guid AlertId, string Webhook)> Arrived { get; } = [];

    /// <returns>Null when nothing is known of it: it is to be posted again.</returns>
    public DeliveryResult? Post(Guid alertId, string webhook)
    {
        var trouble = world.HasFaults && world.Chance.Hits(world.Plan.StoreTrouble) ? world.Chance.Below(4) : -1;
        if (trouble == 0) return null;
        if (trouble == 1) return new DeliveryResult(DeliveryOutcome.Refused, $"{webhook} answered 410");
        if (trouble == 2) return new DeliveryResult(DeliveryOutcome.Failed, $"{webhook} did not answer");
        if (!Arrived.Add((alertId, webhook))) world.Note(Happening.AlertRepeated);
        return trouble == 3 ? null : DeliveryResult.Delivered;
    }
}
