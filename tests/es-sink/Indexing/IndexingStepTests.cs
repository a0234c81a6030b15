using Pipeline.EsSink.Indexing;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;
using Xunit;

namespace Pipeline.EsSink.Tests.Indexing;

public sealed class IndexingStepTests : IDisposable
{
    private static readonly DateOnly Today = new(2026, 3, 2);

    private readonly Records _records = new();

    public void Dispose() => _records.Dispose();

    [Fact]
    public void Batch_OfANewDay_MakesTheIndexAndThenSendsOnce()
    {
        using var step = StepOf(new SinkOptions());
        step.Begin(_records.Batch(Events(3)), Today);
        Assert.Equal("llm-usage-2026.03.01", step.Next()!.Value.CreateIndex);
        step.Accept("llm-usage-2026.03.01", CreateIndexReply.Ok);
        Assert.Equal(3, step.Next()!.Value.Bulk!.Items.Count);
        step.Accept(Answer(ItemVerdict.Stored, ItemVerdict.AlreadyThere, ItemVerdict.Stored));
        Assert.Null(step.Next());
        Assert.Null(step.HeldBy);
        Assert.Equal((2, 1), (step.Counts.Take(ItemOutcome.Stored), step.Counts.Take(ItemOutcome.AlreadyThere)));
    }

    [Fact]
    public void Lines_OfAnItem_AreTheActionAndTheDocument()
    {
        using var step = Begun(_records.Batch(SampleEvents.Event(5, revision: 12)));
        var lines = System.Text.Encoding.UTF8.GetString(step.Next()!.Value.Bulk!.Items[0].Lines.Span).Split('\n');
        Assert.Equal($$$"""{"index":{"_index":"llm-usage-2026.03.01","_id":"{{{SampleEvents.IdOf(5)}}}","version_type":"external","version":12}}""", lines[0]);
        Assert.StartsWith("{\"@timestamp\":", lines[1]);
        Assert.Equal(3, lines.Length);
        Assert.Equal("", lines[2]);
    }

    [Fact]
    public void Throttled_OneOfThree_HoldsAndSendsOnlyThatOneAgain()
    {
        var batch = _records.Batch(Events(3));
        using var step = Begun(batch);
        step.Next();
        step.Accept(Answer(ItemVerdict.Stored, ItemVerdict.Throttled, ItemVerdict.Stored));
        Assert.NotNull(step.HeldBy);
        Assert.Null(step.Next());

        step.Begin(batch, Today);
        Assert.Null(step.HeldBy);
        var again = step.Next()!.Value.Bulk!;
        Assert.Equal(SampleEvents.IdOf(1), Assert.Single(again.Items).Usage.EventId);
        step.Accept(Answer(ItemVerdict.Stored));
        Assert.Null(step.Next());
        Assert.Null(step.HeldBy);
    }

    [Fact]
    public void Batch_HeldAndReadAgainWithMoreRecords_KeepsWhatIsSettled()
    {
        using var step = Begun(_records.Batch(Events(2)));
        step.Next();
        step.Accept(Answer(ItemVerdict.Stored, ItemVerdict.Retry));
        step.Begin(_records.Batch(Events(4)), Today);
        Assert.Equal([1, 2, 3], step.Next()!.Value.Bulk!.Items.Select(static item => (int)item.Usage.Edge.Sequence));
    }

    [Theory]
    [InlineData(RequestVerdict.Retry)]
    [InlineData(RequestVerdict.Throttled)]
    [InlineData(RequestVerdict.Unauthorized)]
    public void Request_WithoutVerdictOnItems_HoldsEverythingAndBuriesNothing(RequestVerdict verdict)
    {
        var batch = _records.Batch(Events(2));
        using var step = Begun(batch);
        step.Next();
        step.Accept(BulkReply.Failed(verdict, "why"));
        Assert.Equal("why", step.HeldBy);
        Assert.Throws<InvalidOperationException>(() => step.Step(batch, new StepEffects()));
        step.Begin(batch, Today);
        Assert.Equal(2, step.Next()!.Value.Bulk!.Items.Count);
    }

    [Theory]
    [InlineData(RequestVerdict.TooLarge, DeadLetterReason.TooLarge)]
    [InlineData(RequestVerdict.Refused, DeadLetterReason.RefusedByStore)]
    public void Request_TheStoreCannotTake_IsHalvedUntilTheItemIsFound(RequestVerdict verdict, DeadLetterReason reason)
    {
        const int culprit = 5;
        var batch = _records.Batch(Events(8));
        using var step = Begun(batch);
        var requests = 0;
        while (step.Next() is { Bulk: { } bulk })
        {
            requests++;
            var isBad = bulk.Items.Any(item => item.Usage.EventId == SampleEvents.IdOf(culprit));
            step.Accept(isBad ? BulkReply.Failed(verdict, "HTTP 400") : Answer([.. bulk.Items.Select(static _ => ItemVerdict.Stored)]));
        }

        Assert.Equal(7, requests);
        var dead = Assert.Single(Effects(step, batch).DeadLetters);
        Assert.Equal((reason, (long)culprit), (dead.Reason, dead.Source.Offset));
    }

    [Fact]
    public void Item_Refused_IsBuriedAmongGoodOnes()
    {
        var batch = _records.Batch(Events(3));
        using var step = Begun(batch);
        step.Next();
        step.Accept(BulkReply.Answered([new(ItemVerdict.Stored), new(ItemVerdict.Refused, "document_parsing_exception"), new(ItemVerdict.Stored)]));
        var dead = Assert.Single(Effects(step, batch).DeadLetters);
        Assert.Equal((DeadLetterReason.RefusedByStore, "es-sink", 1L), (dead.Reason, dead.Stage, dead.Source.Offset));
        Assert.Contains("document_parsing_exception", dead.Message);
    }

    [Fact]
    public void Step_OfAPartOfTheBatch_GivesTheEffectsOfThatPart()
    {
        var batch = _records.Batch(Events(3));
        using var step = Begun(batch);
        step.Next();
        step.Accept(BulkReply.Answered([new(ItemVerdict.Stored), new(ItemVerdict.Refused, "x"), new(ItemVerdict.Stored)]));
        Assert.Empty(Effects(step, batch with { Records = [batch.Records[0]] }).DeadLetters);
        Assert.Single(Effects(step, batch with { Records = [batch.Records[1]] }).DeadLetters);
    }

    [Fact]
    public void Index_MissingWithinTheRetention_IsMadeAgainAndTheItemsSentAgain()
    {
        using var step = Begun(_records.Batch(Events(2)));
        step.Next();
        step.Accept(Answer(ItemVerdict.IndexMissing, ItemVerdict.IndexMissing));
        Assert.Equal("llm-usage-2026.03.01", step.Next()!.Value.CreateIndex);
        step.Accept("llm-usage-2026.03.01", CreateIndexReply.Ok);
        Assert.Equal(2, step.Next()!.Value.Bulk!.Items.Count);
        step.Accept(Answer(ItemVerdict.Stored, ItemVerdict.Stored));
        Assert.Null(step.HeldBy);
    }

    [Fact]
    public void Index_ThatVanishesAgainAndAgain_Holds()
    {
        using var step = Begun(_records.Batch(Events(1)));
        var turns = 0;
        while (step.Next() is { } request && turns++ < 20)
        {
            if (request.CreateIndex is { } index) step.Accept(index, CreateIndexReply.Ok);
            else step.Accept(Answer(ItemVerdict.IndexMissing));
        }

        Assert.InRange(turns, 1, 10);
        Assert.Contains("vanishes", step.HeldBy);
    }

    [Fact]
    public void Index_ThatCannotBeMade_Holds()
    {
        using var step = StepOf(new SinkOptions());
        step.Begin(_records.Batch(Events(1)), Today);
        step.Accept(step.Next()!.Value.CreateIndex!, new CreateIndexReply(false, "HTTP 503"));
        Assert.Contains("HTTP 503", step.HeldBy);
        Assert.Null(step.Next());
    }

    [Fact]
    public void Event_OlderThanTheRetention_IsWrittenIfItsIndexIsThereAndExpiresIfNot()
    {
        var options = new SinkOptions { RetentionDays = 10 };
        using var step = StepOf(options);
        var batch = _records.Batch(SampleEvents.Event(0, SampleEvents.Noon.AddDays(-30)), SampleEvents.Event(1, SampleEvents.Noon.AddDays(-31)));
        step.Begin(batch, Today);
        var request = step.Next()!.Value;
        Assert.Null(request.CreateIndex);
        step.Accept(Answer(ItemVerdict.Stored, ItemVerdict.IndexMissing));
        Assert.Null(step.Next());
        Assert.Null(step.HeldBy);
        Assert.Equal((1, 1), (step.Counts.Take(ItemOutcome.Stored), step.Counts.Take(ItemOutcome.Expired)));
        Assert.Empty(Effects(step, batch).DeadLetters);
    }

    [Fact]
    public void Event_OnTheLastDayOfTheRetention_GetsItsIndex()
    {
        using var step = StepOf(new SinkOptions { RetentionDays = 1 });
        step.Begin(_records.Batch(Events(1)), Today);
        Assert.Equal("llm-usage-2026.03.01", step.Next()!.Value.CreateIndex);
    }

    [Fact]
    public void Record_ThatCannotBeRead_IsBuriedAndTheOthersAreSent()
    {
        var batch = Records.Batch(0, [_records.Frame(SampleEvents.Event(0)), [1, 2, 3], [.. _records.Frame(SampleEvents.Event(2)), 0], _records.Frame(SampleEvents.Event(3, revision: 0))]);
        using var step = Begun(batch);
        Assert.Single(step.Next()!.Value.Bulk!.Items);
        step.Accept(Answer(ItemVerdict.Stored));
        Assert.Equal(
            [DeadLetterReason.Malformed, DeadLetterReason.Malformed, DeadLetterReason.InvalidRecord],
            Effects(step, batch).DeadLetters.Select(static dead => dead.Reason));
    }

    [Fact]
    public void Requests_StayWithinItemsAndBytes()
    {
        var options = new SinkOptions { MaxBulkItems = 4, MaxBulkBytes = 4_096 };
        using var step = StepOf(options);
        var batch = _records.Batch(Events(30));
        step.Begin(batch, Today);
        step.Accept(step.Next()!.Value.CreateIndex!, CreateIndexReply.Ok);
        var sent = new List<Guid>();
        while (step.Next() is { Bulk: { } bulk })
        {
            Assert.InRange(bulk.Items.Count, 1, 4);
            Assert.True(bulk.Bytes <= 4_096 || bulk.Items.Count == 1);
            sent.AddRange(bulk.Items.Select(static item => item.Usage.EventId));
            step.Accept(Answer([.. bulk.Items.Select(static _ => ItemVerdict.Stored)]));
        }

        Assert.Equal(Enumerable.Range(0, 30).Select(SampleEvents.IdOf), sent);
    }

    [Fact]
    public void Store_ThatIsThrottledByLargeRequests_GetsSmallerOnesUntilItTakesThem()
    {
        const int storeTakesBytes = 20_000;
        var batch = _records.Batch(Events(100));
        using var step = StepOf(new SinkOptions());
        var stored = 0;
        var holds = 0;
        do
        {
            step.Begin(batch, Today);
            while (step.Next() is { } request)
            {
                if (request.CreateIndex is { } index) step.Accept(index, CreateIndexReply.Ok);
                else if (request.Bulk!.Bytes > storeTakesBytes) step.Accept(BulkReply.Failed(RequestVerdict.Throttled, "HTTP 429"));
                else
                {
                    stored += request.Bulk.Items.Count;
                    step.Accept(Answer([.. request.Bulk.Items.Select(static _ => ItemVerdict.Stored)]));
                }
            }
        }
        while (step.HeldBy is not null && ++holds < 100);

        Assert.Null(step.HeldBy);
        Assert.Equal(100, stored);
    }

    private static IEnumerable<Pipeline.Schemas.LlmUsage> Events(int count) => Enumerable.Range(0, count).Select(static number => SampleEvents.Event(number));

    private static BulkReply Answer(params IReadOnlyList<ItemVerdict> verdicts) =>
        BulkReply.Answered([.. verdicts.Select(static verdict => new ItemReply(verdict, verdict.ToString()))]);

    private static StepEffects Effects(IndexingStep step, RecordBatch batch)
    {
        var effects = new StepEffects();
        step.Step(batch, effects);
        return effects;
    }

    private IndexingStep StepOf(SinkOptions options) => new(_records.Catalog, options, DocumentIndexer.Stage);

    /// <summary>A step with the batch begun and the day's index known.</summary>
    private IndexingStep Begun(RecordBatch batch)
    {
        _records.Catalog.Resolve(batch, CancellationToken.None);
        var step = StepOf(new SinkOptions());
        step.Begin(batch, Today);
        if (step.Next() is { CreateIndex: { } index }) step.Accept(index, CreateIndexReply.Ok);
        return step;
    }
}
