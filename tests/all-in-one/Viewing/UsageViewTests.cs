using Pipeline.AllInOne.Viewing;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.AllInOne.Tests.Viewing;

public sealed class UsageViewTests
{
    private readonly UsageView _view = new();

    [Fact]
    public void Query_EventsOfSeveralGroups_SumsEachExactly()
    {
        for (var i = 0; i < 10; i++) _view.Apply(Events.Of(cost: 0.000000000001m));
        _view.Apply(Events.Of(team: "support", cost: 3m));
        _view.Apply(Events.Of(team: "support", cost: null, status: CostStatus.UnpricedModel));

        var groups = _view.Query(null, null);

        Assert.Equal(
            [(new UsageGroup("acme", "support", "gpt-4.1"), new UsageSums(2, 200, 3m, 1)), (new UsageGroup("acme", "search", "gpt-4.1"), new UsageSums(10, 1000, 0.00000000001m, 0))],
            groups);
    }

    [Fact]
    public void Apply_NewerRevision_TakesTheOlderOnesPlace()
    {
        var id = Guid.CreateVersion7();

        Assert.True(_view.Apply(Events.Of(id, revision: 1, cost: 1m)));
        Assert.False(_view.Apply(Events.Of(id, revision: 1, cost: 1m)));
        Assert.True(_view.Apply(Events.Of(id, revision: 2, cost: 5m, model: "other")));
        Assert.False(_view.Apply(Events.Of(id, revision: 1, cost: 1m)));

        Assert.Equal([(new UsageGroup("acme", "search", "other"), new UsageSums(1, 100, 5m, 0))], _view.Query(null, null));
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(0, 2, 2)]
    [InlineData(1, 3, 2)]
    [InlineData(3, 9, 0)]
    public void Query_Range_TakesWholeMinutes(int fromMinute, int toMinute, int calls)
    {
        for (var minute = 0; minute < 3; minute++) _view.Apply(Events.Of(at: Events.Noon.AddMinutes(minute).AddSeconds(30)));

        var groups = _view.Query(Events.Noon.AddMinutes(fromMinute), Events.Noon.AddMinutes(toMinute));

        Assert.Equal(calls, groups.Sum(static group => group.Sums.Calls));
    }

    [Fact]
    public void Apply_MoreMinutesThanKept_FoldsTheOldestWithoutLoss()
    {
        for (var minute = 0; minute < UsageView.MaxMinutes + 100; minute++) _view.Apply(Events.Of(at: Events.Noon.AddMinutes(minute)));

        Assert.Equal(UsageView.MaxMinutes + 100, _view.Query(null, null).Single().Sums.Calls);
    }
}
