using Pipeline.BudgetWatcher.Ledger;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Tests.Ledger;

public sealed class ThresholdsTests
{
    private readonly List<ThresholdChange> _changes = [];
    private IReadOnlyList<Crossing> _crossings = [];

    [Fact]
    public void Judge_ExactlyAtTheThreshold_Fires()
    {
        Assert.Equal([], Judge(49.999999999999m));
        Assert.Equal(["Fired 50 #1 of 100"], Judge(50));
        Assert.Equal([], Judge(50.000000000001m));
    }

    [Fact]
    public void Judge_ManyAtOnce_OneEach() =>
        Assert.Equal(["Fired 50 #1 of 100", "Fired 80 #1 of 100", "Fired 100 #1 of 100"], Judge(250));

    [Fact]
    public void Judge_FallsBelowAndPassesAgain_ResolvesAndFiresTheNextOrdinal()
    {
        Judge(60);
        Assert.Equal(["Resolved 50 #1 of 100"], Judge(49));
        Assert.Equal(["Fired 50 #2 of 100"], Judge(50));
        Assert.Equal(["Resolved 50 #2 of 100"], Judge(0));
        Assert.Equal(["Fired 50 #3 of 100"], Judge(79));
    }

    [Fact]
    public void Judge_LimitRaised_ResolvesWhatNoLongerHoldsAndFiresTheRestAnew()
    {
        Judge(85);
        Assert.Equal(["Fired 50 #1 of 150", "Resolved 80 #1 of 100"], Judge(85, limit: 150));
        Assert.Equal(["Fired 80 #1 of 150"], Judge(120, limit: 150));
        Assert.Equal([], Judge(121, limit: 150));
    }

    [Fact]
    public void Judge_LimitLowered_FiresAtOnce() => Assert.Equal(["Fired 50 #1 of 10", "Fired 80 #1 of 10"], Judge(9, limit: 10));

    [Fact]
    public void Judge_LimitBackToAnEarlierOne_GoesOnCountingItsCrossings()
    {
        Judge(60);
        Judge(60, limit: 200);
        Assert.Equal(["Fired 50 #2 of 100"], Judge(60));
    }

    [Fact]
    public void Judge_UnitChangedWithTheSameFigure_IsAnotherLimit()
    {
        Judge(60);
        Assert.Equal(["Fired 50 #1 of 100", "Fired 80 #1 of 100"], Judge(90, unit: BudgetUnit.Tokens));
    }

    [Fact]
    public void Judge_ThresholdTakenOutAndPutBack_IsNotFiredTwice()
    {
        Judge(60);
        Assert.Equal([], Judge(60, thresholds: [80]));
        Assert.Equal([], Judge(60));
    }

    private string[] Judge(decimal spent, decimal limit = 100, BudgetUnit unit = BudgetUnit.Usd, int[]? thresholds = null)
    {
        _changes.Clear();
        var judged = Thresholds.Judge(_crossings, unit, limit, thresholds ?? [50, 80, 100], spent, _changes);
        if (_changes.Count == 0 && ReferenceEquals(judged, _crossings)) return [];
        _crossings = judged;
        return [.. _changes.Select(static change => $"{change.Kind} {change.Crossing.ThresholdPercent} #{change.Crossing.Ordinal} of {change.Crossing.Limit:0.##}")];
    }
}
