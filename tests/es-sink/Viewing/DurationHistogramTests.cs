using Pipeline.EsSink.Viewing;
using Xunit;

namespace Pipeline.EsSink.Tests.Viewing;

public sealed class DurationHistogramTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Quantile_OfDrawnDurations_IsWithinTheNamedError(int seed)
    {
        var random = new Random(seed);
        var durations = Enumerable.Range(0, 5_000).Select(_ => (long)Math.Exp(random.NextDouble() * 27)).ToList();
        var (one, other) = (new DurationHistogram(), new DurationHistogram());
        for (var i = 0; i < durations.Count; i++) (i % 3 == 0 ? one : other).Add(DurationHistogram.SlotOf(durations[i]), 1);
        one.Add(other);
        durations.Sort();
        foreach (var share in new[] { 0.001, 0.5, 0.95, 0.99, 1 })
        {
            var exact = durations[Math.Max(1, (int)Math.Ceiling(share * durations.Count)) - 1];
            Assert.Equal(exact, one.Quantile(share)!.Value, exact * DurationHistogram.MaxRelativeError);
        }
    }

    [Fact]
    public void Slot_OfEveryWidth_HoldsItsValuesWithinTheNamedError()
    {
        for (var value = 1L; value < 1L << 40; value = value * 33 / 32 + 1)
            Assert.Equal(value, DurationHistogram.MiddleOf(DurationHistogram.SlotOf(value)), value * DurationHistogram.MaxRelativeError);
        Assert.Equal(DurationHistogram.SlotOf(long.MaxValue), DurationHistogram.SlotOf((1L << 40) - 1));
        Assert.Equal(0, DurationHistogram.SlotOf(-5));
    }

    [Fact]
    public void Add_AndTakeOut_LeavesNothing()
    {
        var histogram = new DurationHistogram();
        histogram.Add(DurationHistogram.SlotOf(1_000), 1);
        histogram.Add(DurationHistogram.SlotOf(9_000), 1);
        histogram.Add(DurationHistogram.SlotOf(9_000), -1);
        Assert.Equal(1_000, histogram.Quantile(1)!.Value, 8.0);
        histogram.Add(DurationHistogram.SlotOf(1_000), -1);
        Assert.Null(histogram.Quantile(0.5));
    }
}
