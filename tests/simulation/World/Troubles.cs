using Pipeline.Runtime.Log;
using Pipeline.Simulation.Tests.Processes;

namespace Pipeline.Simulation.Tests.World;

/// <summary>What goes wrong between two turns, by the seed's plan.</summary>
internal sealed class Troubles(SimulatedWorld world)
{
    private static readonly TimeSpan LongestAway = TimeSpan.FromSeconds(25);

    public void Step()
    {
        if (!world.HasFaults) return;
        var (chance, plan) = (world.Chance, world.Plan);
        if (chance.Hits(plan.KillPerStep) && Running() is { Length: > 0 } running) chance.Of(running).Kill("kill -9");
        if (chance.Hits(plan.AwayPerStep)) BeAway();
        if (chance.Hits(plan.DiskFullPerStep)) chance.Of(world.Processes.OfType<EdgeProcess>().ToArray()).FillDisk();
        if (chance.Hits(plan.RegistryAwayPerStep)) BeWithoutRegistry();
        if (chance.Hits(plan.ScalePerStep)) Scale();
        if (chance.Hits(plan.ForgetPositionPerStep)) ForgetPosition();
        if (chance.Hits(plan.ForeignPerStep)) world.Foreign.Begin();
        if (chance.Hits(plan.ClockJumpPerStep)) JumpClock();
        if (chance.Hits(plan.RepricePerStep)) chance.Of(world.Processes.OfType<RepriceProcess>().ToArray()).Want();
        if (chance.Hits(plan.BudgetChangePerStep)) ChangeBudgets();
    }

    private SimulatedProcess[] Running() => [.. world.Processes.Where(static process => process.Current is not null)];

    private void BeAway()
    {
        var until = world.Time.Now + world.Chance.Time(LongestAway);
        var process = world.Chance.Of(world.Processes);
        world.Trace?.Add($"the log is away for {process.Name}");
        world.Note(Happening.LogAway);
        process.AwayUntil = until;
    }

    private void BeWithoutRegistry()
    {
        world.Note(Happening.RegistryAway);
        world.Registry.AwayUntil = world.Time.Now + world.Chance.Time(LongestAway);
    }

    /// <summary>A process that can have siblings leaves or comes back: both are rebalances.</summary>
    private void Scale()
    {
        var process = world.Chance.Of(world.Processes);
        if (process is EdgeProcess || process.IsOnStack) return;
        world.Note(Happening.Scaled);
        if (process.IsRetired)
        {
            process.IsRetired = false;
            process.RestartAt = world.Time.Now;
        }
        else
        {
            process.Stop();
            process.IsRetired = world.Chance.Hits(0.5);
        }
    }

    private void ForgetPosition()
    {
        var groups = world.Cluster.Groups.Where(static group => group.Positions.Count > 0).ToArray();
        if (groups.Length == 0) return;
        var group = world.Chance.Of(groups);
        var (partition, next) = world.Chance.Of(group.Positions.ToArray());
        // The checkpoint stands in for an edge's position; where it is behind, one transaction may come twice, and that is told.
        if (partition.Topic == Topics.EdgePositions && !world.Processes.OfType<EdgeProcess>().Any(edge => edge.MayForget(group.Name, next))) return;
        world.Trace?.Add($"the position {next} of {group.Name} on {partition} is forgotten");
        world.Note(Happening.PositionForgotten);
        group.Positions.Remove(partition);
        group.Forgotten[partition] = next;
    }

    /// <summary>A rolling deploy: some processes take the new file now, the others when they next start.</summary>
    private void ChangeBudgets()
    {
        world.Budgets.Change();
        world.Note(Happening.BudgetsChanged);
        world.Trace?.Add($"the budgets are changed: limit {world.Budgets.Limit}, {(world.Budgets.HasTeams ? "with" : "without")} teams");
        foreach (var process in world.Processes)
            if (process is RouterProcess or LedgerProcess && !process.IsOnStack && world.Chance.Hits(0.6)) process.Stop();
    }

    private void JumpClock()
    {
        var edges = world.Processes.OfType<EdgeProcess>().ToArray();
        var jump = world.Chance.Below(7) switch
        {
            0 => TimeSpan.FromDays(-20),
            1 => TimeSpan.FromDays(-9),
            2 => TimeSpan.FromDays(-1),
            3 => TimeSpan.FromMinutes(-1),
            4 => TimeSpan.FromMinutes(50),
            5 => TimeSpan.FromHours(30),
            _ => TimeSpan.Zero,
        };
        world.Note(Happening.ClockJumped);
        world.Chance.Of(edges).Time.Skew = jump;
        world.Trace?.Add($"an edge's clock is off by {jump}");
        if (!world.Chance.Hits(0.1)) return;
        world.Time.Advance(TimeSpan.FromHours(13));
        world.Store.DeleteBefore(DateOnly.FromDateTime(world.Time.Now.UtcDateTime).AddDays(-world.RetentionDays));
        world.Trace?.Add("hours go by");
    }
}
