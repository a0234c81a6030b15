using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Pricing.Books;
using Pipeline.UsageEnricher.Repricing;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Repricing;

public sealed class RepriceLoopTests : IDisposable
{
    private const int Events = 60;
    private static readonly RepricePeriod All = new(Calls.At.AddDays(-1), Calls.At.AddDays(1));

    private readonly EventLog _log = new();
    private readonly RepriceRuns _runs;
    private readonly Catalogue _dear = TestCatalogue.With(("\"input_mtok\":2,\"output_mtok\":8}}]}", "\"input_mtok\":2.0000003,\"output_mtok\":9}}]}"));
    private readonly Catalogue _other = TestCatalogue.With(("\"acme-unset\"", "\"acme-unknown\""), ("\"rates\":{}}", "\"rates\":{\"input_mtok\":1,\"output_mtok\":1}}"), ("\"input_mtok\":0,\"output_mtok\":0", "\"input_mtok\":3"));

    public RepriceLoopTests()
    {
        _runs = new RepriceRuns(_log);
        for (var i = 0; i < Events; i++)
        {
            var model = (i % 4) switch { 0 => "acme-plain", 1 => "acme-free", 2 => "acme-unknown", _ => "acme-embed" };
            _log.Append((i, Calls.Plain(Calls.Tokens(1000 + i, model == "acme-embed" ? 0 : 7)) with
            {
                EventId = new Guid(i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), RequestModel = model, ResponseModel = model, StartedAt = Calls.At.AddMinutes(-i), Attribution = new Attribution { Team = $"team {i % 3}" },
            }));
        }

        _log.Enrich();
    }

    [Fact]
    public void Reprice_ByAnotherPrice_WritesNextRevisionsAndTheDifference()
    {
        var before = _log.Latest();
        _log.Clock.Now = _log.Clock.Now.AddHours(1);

        var total = Reprice(_dear);

        Assert.Equal((15L, 60L), (total.Repriced, total.Looked));
        var after = _log.Latest();
        Assert.All(after, one => Assert.Equal(one.ResponseModel == "acme-plain" ? 2 : 1, one.Revision));
        Assert.Equal(total.Rows.Sum(static row => row.Row.NetAfter - row.Row.NetBefore), after.Sum(static one => one.Cost.NetTotal ?? 0) - before.Sum(static one => one.Cost.NetTotal ?? 0));
        Assert.Equal(["team 0", "team 1", "team 2"], total.Rows.Select(static row => row.Key.Team).Order());
        var one = after.First(static one => one.Revision == 2);
        Assert.Equal((_dear.Version, _log.Clock.Now), (one.Cost.CatalogueVersion, one.EnrichedAt));
        Assert.Equivalent(before.Single(same => same.EventId == one.EventId).Impact, one.Impact);
        _log.CheckSums();
    }

    [Fact]
    public void Reprice_ThatChangesTheStatus_MovesTheCallBetweenAggregates()
    {
        var total = Reprice(_other);

        Assert.Equal(30, total.Repriced);
        Assert.Equal(15, total.Rows.Sum(static row => row.Row.UnknownBefore));
        Assert.Equal(0, total.Rows.Sum(static row => row.Row.UnknownAfter));
        Assert.Equal(15, _log.Latest().Count(static one => one is { ResponseModel: "acme-unknown", Cost.Status: CostStatus.Priced, Revision: 2 }));
        Assert.Equal(15, _log.Latest().Count(static one => one is { ResponseModel: "acme-free", Cost.Status: CostStatus.UnpricedDimension, Revision: 2 }));
        _log.CheckSums();
    }

    [Fact]
    public void Reprice_BackAndForth_GivesEachTimeTheNextRevision()
    {
        Reprice(_dear);
        Reprice(TestCatalogue.Instance);
        Reprice(_dear);

        Assert.All(_log.Latest(), one => Assert.Equal(one.ResponseModel == "acme-plain" ? 4 : 1, one.Revision));
        Assert.Equal(_log.Read<LlmUsage>(Topics.Usage).Count, _log.Read<LlmUsage>(Topics.Usage).Select(static one => (one.EventId, one.Revision)).Distinct().Count());
        _log.CheckSums();
    }

    [Fact]
    public void Reprice_WhereFiguresAreEqual_WritesNothing()
    {
        Reprice(_dear);
        var (events, aggregates) = (_log.ReadAll(Topics.Usage).Count, _log.ReadAll(Topics.Aggregates).Count);

        var again = Reprice(_dear);

        Assert.Equal((0L, 60L), (again.Repriced, again.Looked));
        Assert.Equal((events, aggregates), (_log.ReadAll(Topics.Usage).Count, _log.ReadAll(Topics.Aggregates).Count));
    }

    [Fact]
    public void Reprice_OfAPeriod_LeavesTheEventsAroundIt()
    {
        var period = new RepricePeriod(Calls.At.AddMinutes(-40), Calls.At.AddMinutes(-20));

        var total = Reprice(_dear, period);

        Assert.Equal(20, total.Looked);
        Assert.All(_log.Latest().Where(static one => one.Revision > 1), one => Assert.InRange(one.EventTime, period.Start, period.End.AddTicks(-1)));
        _log.CheckSums();
    }

    [Fact]
    public void DryRun_PrintsWhatTheRunPrints_AndWritesNothing()
    {
        var topics = Topics.All(3).ToDictionary(static topic => topic.Name, topic => Ends(topic.Name));

        var dry = Run(Loop(_dear, All, null));

        Assert.All(topics, topic => Assert.Equal(topic.Value, Ends(topic.Key)));
        Assert.Equal(0, _log.Log.ReadPosition(Groups.Reprice, new TopicPartition(Topics.Usage, 0)).Next ?? 0);
        Assert.Equal(RepriceRuns.Table(dry), RepriceRuns.Table(Reprice(_dear)));
        Assert.Equal(15, dry.Repriced);
    }

    [Fact]
    public void Reprice_InShares_IsTheSame()
    {
        Reprice(_other);
        var whole = RepriceRuns.Table(Run(Loop(_dear, All, null)));

        var total = Run(Loop(_dear, All, Holder(_dear), maxHeld: 4));

        Assert.Equal(whole, RepriceRuns.Table(total));
        Assert.Equal(60, total.Looked);
        _log.CheckSums();
    }

    [Fact]
    public void Reprice_StoppedInTheMiddle_GoesOnWhereItWas()
    {
        var first = Holder(_dear);
        var loop = Loop(_dear, All, first);
        while (loop.Total.Repriced == 0) loop.Turn(default);
        loop.Rest();
        loop.Dispose();
        first.Dispose();
        var second = Holder(_dear);

        var total = Run(Loop(_dear, All, second));

        Assert.True(second.IsResumed);
        Assert.Equal(15, second.Run.Repriced);
        Assert.InRange(total.Repriced, 1, 14);
        Assert.InRange(total.Looked, 1, 59);
        Assert.All(_log.Latest(), one => Assert.Equal(one.ResponseModel == "acme-plain" ? 2 : 1, one.Revision));
        _log.CheckSums();
    }

    [Fact]
    public void Reprice_WhileAnotherRunLives_IsRefused()
    {
        var first = Loop(_dear, All, Holder(_dear));
        while (first.Total.Repriced == 0) first.Turn(default);
        var second = Loop(_other, All, Holder(_other));
        for (var i = 0; second.End is null && i < 100; i++)
        {
            second.Turn(default);
            first.Turn(default);
            _log.Clock.Now += TimeSpan.FromMilliseconds(500);
        }

        Assert.Equal(RepriceEnd.Refused, second.End);
        Assert.Contains("under way", second.Reason);
        Assert.Equal(0, second.Total.Repriced);
        Assert.Equal(15, Run(first).Repriced);
        _log.CheckSums();
    }

    [Fact]
    public void Reprice_AfterARunThatDied_TakesOverAndFencesIt()
    {
        var dead = Loop(_dear, All, Holder(_dear));
        while (dead.Total.Repriced == 0) dead.Turn(default);
        var second = Loop(_other, All, Holder(_other));
        for (var i = 0; second.End is null && i < 1_000; i++) _log.Clock.Now += second.Turn(default);

        Assert.Equal(RepriceEnd.Finished, second.End);
        // It was only asleep.
        for (var i = 0; dead.End is null && i < 100; i++) dead.Turn(default);
        Assert.Equal(RepriceEnd.Refused, dead.End);
        _log.CheckSums();
    }

    [Fact]
    public void Reprice_OfARepeat_LeavesItFree()
    {
        var answer = Calls.Plain(Calls.Tokens(10, 10)) with { Background = true, ProviderResponseId = "resp_1", Operation = "retrieve" };
        _log.Append((0, answer with { EventId = new Guid(100, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) }), (1, answer with { EventId = new Guid(101, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) }));
        _log.Enrich();

        Reprice(_dear);

        var reads = _log.Latest().Where(static one => one.ProviderResponseId == "resp_1").ToList();
        Assert.Equal([(CostStatus.Priced, 2), (CostStatus.AlreadyBooked, 1)], reads.Select(static one => (one.Cost.Status, one.Revision)).Order());
        _log.CheckSums();
    }

    public void Dispose() => _log.Dispose();

    private Differences Reprice(Catalogue catalogue, RepricePeriod? period = null) => _runs.Apply(PriceBook.Of(catalogue), period ?? All);

    private Differences Run(RepriceLoop loop) => _runs.ToTheEnd(loop);

    private RepriceLoop Loop(Catalogue catalogue, RepricePeriod period, RunHolder? holder, int maxHeld = LatestRevisions.MaxHeld) => _runs.Loop(PriceBook.Of(catalogue), period, holder, maxHeld);

    private RunHolder Holder(Catalogue catalogue, RepricePeriod? period = null) => _runs.Holder(PriceBook.Of(catalogue), period ?? All);

    private List<long> Ends(string topic) => [.. Enumerable.Range(0, _log.Log.PartitionCount(topic)!.Value).Select(partition => _log.Log.ReadBounds(new TopicPartition(topic, partition))!.Value.End)];
}
