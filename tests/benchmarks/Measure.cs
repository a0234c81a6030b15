using System.Diagnostics;

namespace Pipeline.Benchmarks;

/// <summary>One measured case: the best of several rounds, because noise only ever slows down.</summary>
/// <param name="BestSeconds">Of one call.</param>
/// <param name="AllocatedBytes">Of one call, mean over all of them.</param>
internal readonly record struct Measured(double BestSeconds, double AllocatedBytes)
{
    public double GigabytesPerSecond(long bytesPerCall) => bytesPerCall / BestSeconds / 1e9;
}

internal static class Measure
{
    private const int Rounds = 7;

    /// <param name="call">What is measured; called until each round has lasted its share of <paramref name="total"/>.</param>
    public static Measured Run(TimeSpan total, Action call)
    {
        var share = total / (Rounds + 1);
        var calls = Round(share, call, 1).Calls; // warms up and tells how many calls fill a round

        var best = double.MaxValue;
        long measuredCalls = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < Rounds; round++)
        {
            var (took, done) = Round(share, call, Math.Max(1, calls / 20));
            best = Math.Min(best, took);
            measuredCalls += done;
        }

        return new Measured(best, (GC.GetAllocatedBytesForCurrentThread() - before) / (double)measuredCalls);
    }

    private static (double BestSeconds, long Calls) Round(TimeSpan share, Action call, long batch)
    {
        var best = double.MaxValue;
        long calls = 0;
        var start = Stopwatch.GetTimestamp();
        do
        {
            var batchStart = Stopwatch.GetTimestamp();
            for (var done = 0L; done < batch; done++)
                call();
            best = Math.Min(best, Stopwatch.GetElapsedTime(batchStart).TotalSeconds / batch);
            calls += batch;
        }
        while (Stopwatch.GetElapsedTime(start) < share);

        return (best, calls);
    }
}
