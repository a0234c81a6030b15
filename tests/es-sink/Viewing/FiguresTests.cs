using Pipeline.EsSink.Viewing;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.EsSink.Tests.Viewing;

public sealed class FiguresTests
{
    [Fact]
    public void Figures_OfARevision_ReplaceTheOlderInEverySum()
    {
        var view = new DocumentView();
        view.Put(SampleEvents.Event(1, netTotal: 1m, team: "search"));
        view.Put(SampleEvents.Event(1, revision: 2, netTotal: null, team: "support") with
        {
            Outcome = Outcome.Timeout, ErrorType = "timeout", UsageSource = UsageSource.Estimated, DurationUs = 40, Usage = new TokenUsage { OutputText = 5, InputTotal = 0, OutputTotal = 5 },
        });

        foreach (var (from, step) in new[] { (SampleEvents.Noon, TimeSpan.FromMinutes(1)), (SampleEvents.Noon.AddDays(-1), TimeSpan.FromHours(1)), (SampleEvents.Noon.AddDays(-60), TimeSpan.FromDays(1)) })
        {
            var answer = view.Figures(Query(from, SampleEvents.Noon.AddMinutes(1)));
            Assert.Equal(step, answer.Step);
            Assert.Equal((1L, 0m, 1L, 5L), (answer.Total.Calls, answer.Total.Cost, answer.Total.Unpriced, answer.Total.TotalTokens));
            Assert.Equal((0L, 5L), (answer.Total.Measured(9), answer.Total.Estimated(9)));
            Assert.Equal(40, answer.Total.Duration.Quantile(1));
            Assert.Equal(("timeout", 1L), Assert.Single(answer.Total.Errors));
            Assert.Equal("support", Assert.Single(answer.Teams).Name);
            Assert.Equal(0, answer.Total.Outcomes[(int)Outcome.Ok]);
        }
    }

    [Fact]
    public void Figures_BeyondTheMinutesHeld_ComeByHourAndThenByDayWithTheSameTotal()
    {
        var view = new DocumentView();
        var start = SampleEvents.Noon.AddHours(-12);
        const int Hours = 24 * 40;
        for (var hour = 0; hour < Hours; hour++) view.Put(SampleEvents.Event(hour, start.AddHours(hour).AddMinutes(7), netTotal: 0.01m));
        var end = start.AddHours(Hours);

        var hours = view.Figures(Query(end.AddHours(-20), end));
        Assert.Equal((TimeSpan.FromHours(1), 20L), (hours.Step, hours.Total.Calls));
        Assert.Equal((TimeSpan.FromMinutes(5), 5L), (view.Figures(Query(end.AddHours(-5), end)).Step, view.Figures(Query(end.AddHours(-5), end)).Total.Calls));
        var days = view.Figures(Query(null, end));
        Assert.Equal((start, end, TimeSpan.FromDays(1)), (days.From, days.To, days.Step));
        Assert.Equal((Hours, 0.01m * Hours), (days.Total.Calls, days.Total.Cost));
        Assert.All(days.Periods, static day => Assert.Equal(24, day.Calls));
        Assert.Equal(days.Total.Calls, Assert.Single(view.Sum(start, end)).Sums.Calls);
    }

    [Fact]
    public void Figures_OfFoldedEvents_StayWhole()
    {
        var view = new DocumentView(maxEvents: 10);
        for (var i = 0; i < 100; i++) view.Put(SampleEvents.Event(i, SampleEvents.Noon.AddSeconds(i * 30), netTotal: 0.5m));
        Assert.InRange(view.EventCount, 1, 10);
        var answer = view.Figures(Query(SampleEvents.Noon, SampleEvents.Noon.AddHours(1)));
        Assert.Equal((100L, 50m), (answer.Total.Calls, answer.Total.Cost));
        Assert.Equal(2, answer.Periods[0].Calls);
    }

    [Fact]
    public void Figures_OfMoreNamesThanTheBound_PutTheRestTogether()
    {
        var view = new DocumentView();
        for (var i = 0; i < GroupNames.MaxGroups + 50; i++) view.Put(SampleEvents.Event(i, netTotal: 1m, team: $"team-{i}"));
        var answer = view.Figures(Query(SampleEvents.Noon, SampleEvents.Noon.AddMinutes(1)));
        Assert.Equal(GroupNames.MaxGroups + 50, answer.Total.Calls);
        Assert.Equal((GroupNames.Other, 50L), (answer.Teams[0].Name, answer.Teams[0].Sums.Calls));
    }

    [Fact]
    public void Figures_OfAnImpactThatIsNoFigure_LeaveItOut()
    {
        var view = new DocumentView();
        var range = new Schemas.Range { Min = double.NaN, Max = 1 };
        view.Put(SampleEvents.Event(1) with { Impact = new Impact { Status = ImpactStatus.Estimated, Gwp = range, Energy = range } });
        var total = view.Figures(Query(null, SampleEvents.Noon.AddMinutes(1))).Total;
        Assert.Equal((1L, 0L, (0m, 0m)), (total.Calls, total.ImpactCalls, total.Gwp));
    }

    private static FigureQuery Query(DateTimeOffset? from, DateTimeOffset to) => new(from, to, null, null, null, "USD");
}
