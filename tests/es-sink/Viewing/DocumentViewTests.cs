using Pipeline.EsSink.Indexing;
using Pipeline.EsSink.Viewing;
using Xunit;

namespace Pipeline.EsSink.Tests.Viewing;

public sealed class DocumentViewTests
{
    private static readonly DateTimeOffset Midnight = SampleEvents.Noon.AddHours(-12);

    [Fact]
    public void Put_SameEventTwice_CountsOnce()
    {
        var view = new DocumentView();
        Assert.True(view.Put(SampleEvents.Event(1)));
        Assert.False(view.Put(SampleEvents.Event(1)));
        Assert.Equal(1, view.EventCount);
        Assert.Equal(1, Assert.Single(view.Sum(Midnight, Midnight.AddDays(1))).Sums.Calls);
    }

    [Fact]
    public void Put_NewerRevision_ReplacesTheOlder()
    {
        var view = new DocumentView();
        view.Put(SampleEvents.Event(1, netTotal: 1m));
        Assert.True(view.Put(SampleEvents.Event(1, revision: 3, netTotal: 0.25m)));
        Assert.False(view.Put(SampleEvents.Event(1, revision: 2, netTotal: 9m)));
        var group = Assert.Single(view.Sum(Midnight, Midnight.AddDays(1)));
        Assert.Equal((1L, 0.25m), (group.Sums.Calls, group.Sums.Cost));
        Assert.Equal(new ViewedEvent(SampleEvents.IdOf(1), 3, 0.25m), Assert.Single(view.Events()));
    }

    [Fact]
    public void Sum_ByTenantTeamAndModel_IsExactAndCountsTheUnpriced()
    {
        var view = new DocumentView();
        for (var i = 0; i < 10; i++) view.Put(SampleEvents.Event(i, netTotal: 0.1m));
        view.Put(SampleEvents.Event(10, netTotal: null));
        view.Put(SampleEvents.Event(11, team: "other", netTotal: 0.000000000001m));
        var groups = view.Sum(Midnight, Midnight.AddDays(1));
        Assert.Equal(2, groups.Count);
        Assert.Equal(new UsageGroupKey("acme", "search", "gpt-5-2026-01-01", "USD"), groups[0].Key);
        Assert.Equal(new UsageSums(11, 11 * 178, 1.0m, 1), groups[0].Sums);
        Assert.Equal(new UsageSums(1, 178, 0.000000000001m, 0), groups[1].Sums);
    }

    [Fact]
    public void Sum_OfARange_TakesItsBeginningAndNotItsEnd()
    {
        var view = new DocumentView();
        view.Put(SampleEvents.Event(1, SampleEvents.Noon));
        view.Put(SampleEvents.Event(2, SampleEvents.Noon.AddMinutes(10)));
        Assert.Equal(1, Assert.Single(view.Sum(SampleEvents.Noon, SampleEvents.Noon.AddMinutes(10))).Sums.Calls);
        Assert.Equal(2, Assert.Single(view.Sum(SampleEvents.Noon, SampleEvents.Noon.AddMinutes(11))).Sums.Calls);
        Assert.Empty(view.Sum(SampleEvents.Noon.AddMinutes(11), SampleEvents.Noon.AddDays(1)));
    }

    [Fact]
    public void View_BeyondItsBound_FoldsTheOldestHoursAndKeepsTheSums()
    {
        var view = new DocumentView(maxEvents: 50);
        for (var i = 0; i < 200; i++) view.Put(SampleEvents.Event(i, SampleEvents.Noon.AddMinutes(i * 15), netTotal: 0.01m));
        Assert.InRange(view.EventCount, 40, 50);
        var group = Assert.Single(view.Sum(Midnight, Midnight.AddDays(30)));
        Assert.Equal((200L, 2.00m), (group.Sums.Calls, group.Sums.Cost));

        Assert.False(view.Put(SampleEvents.Event(0, SampleEvents.Noon, revision: 2)));
        Assert.Equal(1, view.LateAfterFold);
        Assert.Equal(200, Assert.Single(view.Sum(Midnight, Midnight.AddDays(30))).Sums.Calls);
    }

    [Fact]
    public void Latest_MoreThanTheRing_IsTheNewestFirst()
    {
        var view = new DocumentView();
        Assert.Empty(view.Latest(5));
        for (var i = 0; i < DocumentView.MaxLatest + 10; i++) view.Put(SampleEvents.Event(i));
        Assert.Equal([DocumentView.MaxLatest + 9, DocumentView.MaxLatest + 8], view.Latest(2).Select(static usage => (int)usage.Edge.Sequence));
        Assert.Equal(DocumentView.MaxLatest, view.Latest(int.MaxValue).Count);
    }

    [Fact]
    public void Write_AsAStore_AnswersAsElasticsearchDoes()
    {
        var view = new DocumentView();
        var request = new BulkRequest([new BulkItem("i", SampleEvents.Event(1), default), new BulkItem("i", SampleEvents.Event(1), default)]);
        Assert.Equal([ItemVerdict.Stored, ItemVerdict.AlreadyThere], view.Write(request, CancellationToken.None).Items.Select(static item => item.Verdict));
    }
}
