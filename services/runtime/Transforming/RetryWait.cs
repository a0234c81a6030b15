namespace Pipeline.Runtime.Transforming;

/// <summary>A retry schedule as a value: waits double from the first to the longest, and start over after a success.</summary>
public readonly record struct RetryWait(TimeSpan First, TimeSpan Longest, int Failures = 0)
{
    private const int MaxDoublings = 20;

    /// <summary>The wait before the next try; zero without a failure.</summary>
    public TimeSpan Current => Failures == 0 ? TimeSpan.Zero
        : TimeSpan.FromTicks(Math.Min(Longest.Ticks, First.Ticks << Math.Min(Failures - 1, MaxDoublings)));

    public RetryWait AfterFailure() => this with { Failures = Math.Min(Failures + 1, MaxDoublings) };

    public RetryWait AfterSuccess() => this with { Failures = 0 };
}
