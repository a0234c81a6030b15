namespace Pipeline.Simulation.Tests.World;

/// <summary>
/// Which faults a seed has, and how often. Each kind is there or not, so that no fault hides behind another one in every run.
/// Rates are per touch of the log, per step of the scheduler, or per call of the store, as their names say.
/// </summary>
internal sealed record FaultPlan
{
    public double KillPerTouch { get; init; }
    public double KillPerStep { get; init; }
    public double InterleavePerTouch { get; init; }

    /// <summary>Of the interleavings: the process hangs for longer than sessions and transactions last.</summary>
    public double FreezeShare { get; init; }
    public double TornWritePerActivity { get; init; }
    public double PowerLossShare { get; init; }
    public double CommitTrouble { get; init; }
    public double DiskFullPerStep { get; init; }
    public double AwayPerStep { get; init; }
    public double ScalePerStep { get; init; }
    public double ForgetPositionPerStep { get; init; }
    public double ForeignPerStep { get; init; }
    public double ClockJumpPerStep { get; init; }
    public double StoreTrouble { get; init; }
    public double RegistryAwayPerStep { get; init; }
    public double RepricePerStep { get; init; }
    public double BudgetChangePerStep { get; init; }
    public double SmallFetches { get; init; }

    /// <summary>Of the events: those that the broker, or the store, refuses for what they are.</summary>
    public double RefusedShare { get; init; }

    public static FaultPlan Of(Chance chance)
    {
        double Maybe(double share, double rate) => chance.Hits(share) ? rate * (0.3 + chance.Random.NextDouble()) : 0;
        return new FaultPlan
        {
            KillPerTouch = Maybe(0.7, 0.02),
            KillPerStep = Maybe(0.5, 0.01),
            InterleavePerTouch = Maybe(0.8, 0.15),
            FreezeShare = Maybe(0.5, 0.15),
            TornWritePerActivity = Maybe(0.5, 0.02),
            PowerLossShare = Maybe(0.4, 0.6),
            CommitTrouble = Maybe(0.6, 0.12),
            DiskFullPerStep = Maybe(0.3, 0.01),
            AwayPerStep = Maybe(0.3, 0.01),
            ScalePerStep = Maybe(0.5, 0.01),
            ForgetPositionPerStep = Maybe(0.3, 0.01),
            ForeignPerStep = Maybe(0.5, 0.03),
            ClockJumpPerStep = Maybe(0.4, 0.02),
            StoreTrouble = Maybe(0.6, 0.25),
            RegistryAwayPerStep = Maybe(0.2, 0.005),
            RepricePerStep = Maybe(0.5, 0.04),
            BudgetChangePerStep = Maybe(0.4, 0.01),
            SmallFetches = Maybe(0.6, 0.7),
            RefusedShare = Maybe(0.3, 0.05),
        };
    }
}
