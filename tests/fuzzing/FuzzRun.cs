using System.Diagnostics;

namespace Pipeline.Fuzzing.Tests;

/// <summary>Feeds made inputs to a target and looks for crashes, hangs and growth.</summary>
public static class FuzzRun
{
    /// <summary>One input takes microseconds; this is a hang even on a machine that does other work.</summary>
    private static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(10);

    /// <summary>What a run may leave behind: pools that have grown to their bounds.</summary>
    private const long MaxGrowthBytes = 16L << 20;

    private const int WarmUpInputs = 20_000;

    /// <summary>Takes one input.</summary>
    /// <param name="random">For what the target decides itself, such as where reads end.</param>
    public delegate void Target(ReadOnlySpan<byte> input, ref FuzzRandom random);

    /// <param name="seed">From `PIPELINE_FUZZ_SEED`, else the one given by the day's date.</param>
    public static int Seed { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("PIPELINE_FUZZ_SEED"), out var seed) ? seed : DateTime.UtcNow.Date.DayNumber();

    /// <param name="maxAllocated">Most bytes that one input may allocate.</param>
    /// <returns>What was done, for the test's output.</returns>
    public static string Run(string name, Mutator mutator, long inputs, long maxAllocated, Target target)
    {
        var began = Stopwatch.GetTimestamp();
        var (kept, most, slowest) = (0L, 0L, TimeSpan.Zero);
        for (var number = 0L; number < inputs; number++)
        {
            if (number == WarmUpInputs) kept = GC.GetTotalMemory(forceFullCollection: true);
            var random = new FuzzRandom(Seed, number);
            var input = mutator.Make(ref random);
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            try
            {
                target(input, ref random);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException(Replay(name, number, input), error);
            }

            var took = Stopwatch.GetElapsedTime(start);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            if (took > HangLimit) Assert.Fail($"{took} for one input; {Replay(name, number, input)}");
            if (number >= WarmUpInputs && allocated > maxAllocated) Assert.Fail($"{allocated} bytes allocated, at most {maxAllocated}; {Replay(name, number, input)}");
            if (number >= WarmUpInputs) most = Math.Max(most, allocated);
            if (took > slowest) slowest = took;
        }

        var growth = kept == 0 ? 0 : GC.GetTotalMemory(forceFullCollection: true) - kept;
        Assert.True(growth < MaxGrowthBytes, $"{name}: {growth} bytes more are kept after {inputs} inputs, seed {Seed}");
        return $"{name}: {inputs:N0} inputs, seed {Seed}, {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s; kept {growth:N0} B more, at most {most:N0} B for one input, slowest {slowest.TotalMilliseconds:F1} ms";
    }

    private static string Replay(string name, long number, ReadOnlySpan<byte> input) =>
        $"{name}: input {number} of seed {Seed} (PIPELINE_FUZZ_SEED={Seed}), {input.Length} bytes: {Convert.ToBase64String(input[..Math.Min(input.Length, 2_048)])}";

    private static int DayNumber(this DateTime day) => (int)(day.Ticks / TimeSpan.TicksPerDay);
}
