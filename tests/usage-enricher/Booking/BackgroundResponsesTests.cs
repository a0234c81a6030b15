using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Booking;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Booking;

public sealed class BackgroundResponsesTests : IDisposable
{
    private const decimal Charge = 0.0036m;

    private readonly EventLog _log = new();
    private int _events;

    [Fact]
    public void Response_PolledTenTimesOverAllPartitions_IsChargedOnce()
    {
        var polls = Enumerable.Range(0, 10).Select(i => (i, i is 2 or 5 ? Queued("resp_1", "retrieve") : Answered("resp_1"))).ToList();
        _log.Append([(1, Queued("resp_1", "responses")), .. polls]);

        _log.Enrich();

        var usage = _log.Latest();
        Assert.Equal(11, usage.Count);
        var charged = Assert.Single(usage, static one => one.Cost.Status == CostStatus.Priced);
        Assert.Equal(Charge, charged.Cost.NetTotal);
        Assert.Equal(7, usage.Count(static one => one.Cost is { Status: CostStatus.AlreadyBooked, NetTotal: 0, ListTotal: 0 } && one.Usage is not null && one.Impact is { Status: ImpactStatus.NotText }));
        // The call itself: what it costs was not known yet. Looking while it runs costs nothing.
        Assert.Single(usage, static one => one is { Operation: "responses", Cost.Status: CostStatus.UsageMissing });
        Assert.Equal(2, usage.Count(static one => one is { Operation: "retrieve", Cost.Status: CostStatus.Free, Cost.NetTotal: 0 }));
        _log.CheckSums();
    }

    [Fact]
    public void Response_PolledAgainAfterARestart_IsStillBooked()
    {
        _log.Append((0, Answered("resp_1")), (1, Answered("resp_2")));
        _log.Enrich();
        _log.Append((2, Answered("resp_1")), (0, Answered("resp_2")), (1, Answered("resp_3")));

        _log.Enrich();

        Assert.Equal(3, _log.Latest().Count(static one => one.Cost.Status == CostStatus.Priced));
        Assert.Equal(2, _log.Latest().Count(static one => one.Cost.Status == CostStatus.AlreadyBooked));
        Assert.Equal(["resp_1", "resp_2", "resp_3"], _log.Latest().Where(static one => one.Cost.Status == CostStatus.Priced).Select(static one => one.ProviderResponseId).Order());
        _log.CheckSums();
    }

    [Fact]
    public void Response_StreamedByItsOwnCallAndReadLater_IsChargedWithTheFirst()
    {
        _log.Append((0, Answered("resp_1") with { Operation = "responses" }));
        _log.Enrich();
        _log.Append((1, Answered("resp_1")));

        _log.Enrich();

        Assert.Equal([("responses", CostStatus.Priced), ("retrieve", CostStatus.AlreadyBooked)], _log.Latest().Select(static one => (one.Operation, one.Cost.Status)).Order());
        _log.CheckSums();
    }

    [Fact]
    public void Responses_OfDifferentProvidersWithOneId_AreChargedEach()
    {
        _log.Append((0, Answered("resp_1")), (1, Answered("resp_1") with { Provider = "reseller" }), (2, Answered("resp_1") with { Provider = "reseller" }));

        _log.Enrich();

        Assert.Equal(2, _log.Latest().Count(static one => one.Cost.Status != CostStatus.AlreadyBooked));
    }

    [Fact]
    public void Call_ThatIsNotInTheBackground_KeepsItsWay()
    {
        _log.Append((0, Answered("resp_1") with { Background = false }), (1, Answered("resp_1") with { Background = false, Operation = "chat" }), (2, Answered("resp_1") with { ProviderResponseId = null }),
            (0, Answered("resp_1") with { UsageSource = UsageSource.Partial }));

        _log.Enrich();

        Assert.Empty(_log.ReadAll(Topics.UsageBackground));
        Assert.DoesNotContain(_log.Latest(), static one => one.Cost.Status == CostStatus.AlreadyBooked);
    }

    [Fact]
    public void Event_OfAResponse_NamesItsRawRecordAndItsTime()
    {
        _log.Append((2, Answered("resp_1")));

        _log.Enrich();

        var usage = Assert.Single(_log.Latest());
        var raw = Assert.Single(_log.ReadAll(Topics.UsageRaw));
        Assert.Equal((Topics.UsageRaw, raw.Source.Partition, raw.Offset), (usage.Raw.Topic, usage.Raw.Partition, usage.Raw.Offset));
        Assert.Equal(raw.AppendedAt, usage.EnrichedAt);
        Assert.Equal(1, usage.Revision);
    }

    [Fact]
    public void Booking_After35Days_IsForgotten()
    {
        _log.Append((0, Answered("resp_1")));
        _log.Enrich();
        _log.Clock.Now += ResponseBook.Kept + TimeSpan.FromDays(1);
        // The book has no clock but the records' own: one of the same partition must pass.
        for (var i = 2; i < 12; i++) _log.Append((0, Answered($"resp_{i}")));

        _log.Enrich();

        var key = BackgroundCall.ResponseOf(Answered("resp_1"));
        Assert.True(_log.ReadAll(Topics.BookedResponses).Last(record => Encoding.ASCII.GetString(record.Key.Span) == key).Value.IsEmpty);
    }

    [Fact]
    public void Loop_WhosePositionWasSetBack_StopsThePartition()
    {
        for (var i = 0; i < 6; i++) _log.Append((i, Answered($"resp_{i}")));
        _log.Enrich();
        using var writer = _log.Log.OpenWriter("operator", out _)!;
        var partition = _log.ReadAll(Topics.UsageBackground)[0].Source;
        writer.Execute(new LogTransaction([], new PositionCommit(Groups.Booking, new Dictionary<TopicPartition, long> { [partition] = 0 })));

        using var booking = new BookingTransform(_log.Log, TestCatalogue.Instance, _log.Schemas, [], new EnricherMetrics(NullLogger.Instance));
        using var loop = _log.LoopOf(booking, BookingTransform.Stage, Groups.Booking, Topics.UsageBackground);
        for (var i = 0; i < 10; i++) loop.Turn(default);

        var stopped = Assert.Single(loop.Status.StoppedPartitions);
        Assert.Equal(partition, stopped.Partition);
        Assert.Contains("set back", stopped.Reason);
        Assert.Equal(6, _log.Read<LlmUsage>(Topics.Usage).Count);
    }

    [Fact]
    public void Record_ThatNamesNoRawRecord_IsDeadLettered()
    {
        using var writer = _log.Log.OpenWriter("stranger", out _)!;
        var raw = Calls.Record(_log.Schemas, Answered("resp_1"), 0);
        writer.Execute(new LogTransaction([new NewRecord(Topics.UsageBackground, "x"u8.ToArray(), raw.Value)], null));

        _log.Enrich();

        Assert.Empty(_log.Read<LlmUsage>(Topics.Usage));
        Assert.Single(_log.ReadAll(Topics.DeadLetter(Topics.UsageBackground)));
    }

    public void Dispose() => _log.Dispose();

    private LLMUsageAudit Answered(string response) => Queued(response, "retrieve") with { Usage = Calls.Tokens(1000, 200), UsageSource = UsageSource.Provider };

    private LLMUsageAudit Queued(string response, string operation) => Calls.Plain() with
    {
        EventId = new Guid(++_events, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8),
        Operation = operation,
        Background = true,
        ProviderResponseId = response,
        StartedAt = _log.Clock.Now.AddSeconds(-2),
    };
}
