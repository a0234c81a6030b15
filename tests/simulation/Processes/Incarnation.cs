using Pipeline.Runtime.Segments;
using Pipeline.Simulation.Tests.Log;
using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests.Processes;

/// <summary>One start of a process, as long as it lives. What belongs to a dead one can do nothing more.</summary>
internal sealed class Incarnation(SimulatedWorld world, SimulatedProcess process) : Surroundings
{
    public bool IsDead { get; set; }

    /// <summary>The whole process stands still, its client's threads too.</summary>
    public bool IsFrozen { get; set; }

    public override bool IsAway => world.Time.Now < process.AwayUntil;

    public override bool IsHeartbeating => !IsDead && !IsFrozen && !IsAway;

    /// <summary>Told when a transaction is about to begin, before anything can happen to it.</summary>
    public Action? BeforeTransaction { get; set; }

    /// <summary>Here the process may be killed, or others go on before it does.</summary>
    public override void Touch(string point)
    {
        if (point == "begin") BeforeTransaction?.Invoke();
        if (!IsDead && world.HasFaults) world.Disturb(process, this, point);
        if (IsDead) throw new SimulatedCrashException();
    }

    public override CommitFate NextCommitFate()
    {
        if (!world.HasFaults || !world.Chance.Hits(world.Plan.CommitTrouble)) return CommitFate.Answered;
        var fate = world.Chance.Of([CommitFate.AnswerLost, CommitFate.RequestLost, CommitFate.Late]);
        world.Trace?.Add($"{process.Name}: commit {fate}");
        world.Note(fate switch
        {
            CommitFate.AnswerLost => Happening.CommitAnswerLost,
            CommitFate.RequestLost => Happening.CommitRequestLost,
            _ => Happening.CommitLate,
        });
        return fate;
    }

    public override void Ended(bool byTimeout) => world.Note(byTimeout ? Happening.FencedByTimeout : Happening.GenerationEnded);

    public override int Fetched(int maxRecords) =>
        world.HasFaults && world.Chance.Hits(world.Plan.SmallFetches) ? Math.Min(maxRecords, world.Chance.Between(1, 4)) : maxRecords;
}
