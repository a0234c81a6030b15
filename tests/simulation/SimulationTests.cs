using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests;

/// <summary>Seeded runs of the whole pipeline under faults, each ending in the conservation equations and exact money.</summary>
public abstract class HalfOfTheSeeds(int half)
{
    private const int DefaultSeeds = 3_000;
    private const int ManySeeds = 60_000;
    private const int FirstOfMany = 1_000_000;

    /// <summary>Half of the seeds: the two halves run beside each other, each on its own thread.</summary>
    [Fact]
    public void Pipeline_UnderFaults_LosesNothingAndDoublesNothing()
    {
        if (SeedReport.Only is { } only)
        {
            if (half == 0) Replay(only);
            return;
        }

        Run(SeedReport.First ?? 1, SeedReport.Count ?? DefaultSeeds);
    }

    /// <summary>For the night; PIPELINE_SIM_FIRST says which seeds.</summary>
    [Fact(Explicit = true)]
    public void Pipeline_UnderFaultsOfManySeeds_LosesNothingAndDoublesNothing() => Run(SeedReport.First ?? FirstOfMany, SeedReport.Count ?? ManySeeds);

    private void Run(int first, int count)
    {
        for (var i = half; i < count; i += 2)
        {
            var result = SeededRun.Run(first + i);
            if (result.Violation is not null) Assert.Fail(SeedReport.Of(result, Runtime.DeliberateFault.None));
        }
    }

    private static void Replay(int seed)
    {
        var result = SeededRun.Run(seed, SeedReport.Fault, isTraced: true);
        Assert.True(result.Violation is null, result.Violation is null ? "" : SeedReport.Of(result, SeedReport.Fault, int.MaxValue));
    }
}

/// <inheritdoc cref="HalfOfTheSeeds"/>
public sealed class EvenSeeds() : HalfOfTheSeeds(0);

/// <inheritdoc cref="HalfOfTheSeeds"/>
public sealed class OddSeeds() : HalfOfTheSeeds(1);

public sealed class DeterminismTests
{
    private const int Sample = 20;

    [Fact]
    public void Run_SameSeedTwice_GivesTheSameTrace()
    {
        for (var i = 0; i < Sample; i++)
        {
            var seed = 1 + i;
            var (one, other) = (SeededRun.Run(seed, isTraced: true), SeededRun.Run(seed, isTraced: true));
            Assert.NotEmpty(one.Trace);
            Assert.True(one.Trace.SequenceEqual(other.Trace), $"seed {seed}: {one.Trace.Zip(other.Trace).FirstOrDefault(static pair => pair.First != pair.Second)}");
        }
    }
}
