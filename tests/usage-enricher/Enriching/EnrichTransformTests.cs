using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Enriching.Aggregating;
using Pipeline.UsageEnricher.Enriching.Estimating;
using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Enriching;

public sealed class EnrichTransformTests
{
    private readonly SchemaCatalog _schemas = Calls.Schemas();

    [Fact]
    public void Step_OfCall_WritesTheWholeEventWithItsCost()
    {
        var call = Calls.Plain(Calls.Tokens(1200, 340)) with { StartedAt = Calls.At.AddDays(-30) };
        var record = Calls.Record(_schemas, call, 41);
        var effects = Step(Calls.Batch(record));

        var written = effects.Records[0];
        Assert.Equal((Topics.Usage, call.EventId.ToString()), (written.Topic, Encoding.UTF8.GetString(written.Key.Span)));
        var usage = Read<LlmUsage>(written);
        Assert.Equal(call.EventId, usage.EventId);
        Assert.Equal((1200L, "search"), (usage.Usage!.InputTotal, usage.Attribution.Team));
        Assert.Equal((record.AppendedAt, call.StartedAt), (usage.EventTime, usage.ClockReported));
        Assert.Equal((1, record.AppendedAt), (usage.Revision, usage.EnrichedAt));
        Assert.Equal((Topics.UsageRaw, 3, 41L), (usage.Raw.Topic, usage.Raw.Partition, usage.Raw.Offset));
        Assert.Equal((CostStatus.Priced, 0.00512m), (usage.Cost.Status, usage.Cost.NetTotal));
        Assert.Equal(ImpactStatus.UnknownModel, usage.Impact!.Status);
    }

    [Fact]
    public void Step_OfCall_WritesTheSameBytesAsEncodingTheWholeEvent()
    {
        var call = Calls.Plain(Calls.Tokens(1200, 340)) with { Provider = "openai", ResponseModel = "gpt-4o", ProviderUsage = "{\"prompt_tokens\":1200}", FinishReasons = ["stop"] };
        var record = Calls.Record(_schemas, call, 0);
        var cost = new CallPricer(TestCatalogue.Instance).Price(call, call.StartedAt);
        var impact = new CallEstimator(ImpactDataFiles.Embedded, null).Estimate(call, call.StartedAt);
        Assert.Equal(ImpactStatus.Estimated, impact.Status);
        using var writer = new RecordWriter<LlmUsage>(_schemas);
        var whole = writer.Write(EventMaking.ToEvent(record, call, EventTime.Of(call, record.AppendedAt), cost, impact));
        Assert.Equal(whole, Step(Calls.Batch(record)).Records[0].Value.ToArray());
    }

    [Fact]
    public void Step_OfTheSameBatchTwice_DecidesTheSameBytes()
    {
        var batch = Calls.Batch([.. RandomCalls(new Random(7), 50).Select((call, i) => Calls.Record(_schemas, call, i))]);
        var (first, second) = (Step(batch), Step(batch));
        Assert.Equal(
            first.Records.Select(record => (record.Topic, Convert.ToHexString(record.Key.Span), Convert.ToHexString(record.Value.Span))),
            second.Records.Select(record => (record.Topic, Convert.ToHexString(record.Key.Span), Convert.ToHexString(record.Value.Span))));
    }

    [Fact]
    public void Step_OfRecordThatIsNoEvent_BuriesItAndGoesOn()
    {
        var good = Calls.Record(_schemas, Calls.Plain(Calls.Tokens(1, 1)), 5);
        var noFrame = good with { Offset = 6, Value = new byte[] { 1, 2, 3 } };
        var cutOff = good with { Offset = 7, Value = good.Value[..^3] };
        var effects = Step(Calls.Batch(noFrame, good, cutOff));
        Assert.Equal([6L, 7L], effects.DeadLetters.Select(dead => dead.Source.Offset));
        Assert.All(effects.DeadLetters, dead => Assert.Equal((EnrichTransform.Stage, DeadLetterReason.Malformed), (dead.Stage, dead.Reason)));
        Assert.Equal([Topics.Usage, Topics.Aggregates], effects.Records.Select(record => record.Topic));
    }

    [Fact]
    public void Step_OfEventOverTheTopicsSize_BuriesIt()
    {
        var call = Calls.Plain(Calls.Tokens(1, 1)) with { ProviderUsage = new string('x', Topics.MaxRecordBytes) };
        var dead = Assert.Single(Step(Calls.Batch(Calls.Record(_schemas, call, 1))).DeadLetters);
        Assert.Equal(DeadLetterReason.TooLarge, dead.Reason);
    }

    [Fact]
    public void Step_OfBatch_AggregatesExactlyItsEvents()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var effects = Step(Calls.Batch([.. RandomCalls(new Random(seed), 500).Select((call, i) => Calls.Record(_schemas, call, i))]));
        var events = effects.Records.Where(record => record.Topic == Topics.Usage).Select(Read<LlmUsage>).ToArray();
        var sums = effects.Records.Where(record => record.Topic == Topics.Aggregates).Select(Read<UsageAggregate>).ToArray();
        Assert.Equal(500, events.Length);
        Assert.InRange(sums.Length, 2, 499);
        Assert.Equal(events.Length, sums.Sum(sum => sum.Calls));
        Assert.Equal(events.Sum(usage => usage.Cost.NetTotal ?? 0), sums.Sum(sum => sum.NetTotal));
        Assert.Equal(events.Sum(usage => usage.Usage?.InputTotal ?? 0), sums.Sum(sum => sum.InputTotal));
        Assert.Equal(events.Count(usage => usage.Impact!.Status == ImpactStatus.Estimated), sums.Sum(sum => sum.ImpactCalls));
        Assert.NotEqual(0, sums.Sum(sum => sum.ImpactCalls));
        Assert.Equal(events.Sum(usage => Rounded(usage.Impact!.Energy?.Min)), sums.Sum(sum => sum.EnergyMin));
        Assert.Equal(events.Sum(usage => Rounded(usage.Impact!.Energy?.Max)), sums.Sum(sum => sum.EnergyMax));
        Assert.Equal(events.Sum(usage => Rounded(usage.Impact!.Gwp?.Min)), sums.Sum(sum => sum.GwpMin));
        Assert.Equal(events.Sum(usage => Rounded(usage.Impact!.Gwp?.Max)), sums.Sum(sum => sum.GwpMax));
        Assert.Equal(events.Sum(usage => Rounded(usage.Impact!.Adpe?.Min)), sums.Sum(sum => sum.AdpeMin));
        Assert.Equal(events.Sum(usage => Rounded(usage.Impact!.Adpe?.Max)), sums.Sum(sum => sum.AdpeMax));
        Assert.Equal(events.Sum(usage => Rounded(usage.Impact!.Pe?.Min)), sums.Sum(sum => sum.PeMin));
        Assert.Equal(events.Sum(usage => Rounded(usage.Impact!.Pe?.Max)), sums.Sum(sum => sum.PeMax));
        Assert.Equal(events.Sum(usage => Rounded(usage.Impact!.Wcf?.Min)), sums.Sum(sum => sum.WcfMin));
        Assert.Equal(events.Sum(usage => Rounded(usage.Impact!.Wcf?.Max)), sums.Sum(sum => sum.WcfMax));
        foreach (var group in events.GroupBy(usage => (usage.Attribution.Team, usage.Cost.Status)))
            Assert.Equal(
                group.Sum(usage => usage.Cost.ListTotal ?? 0),
                sums.Where(sum => (sum.Team, sum.CostStatus) == group.Key).Sum(sum => sum.ListTotal));
    }

    [Fact]
    public void Step_InAnyOrderAndSplit_SumsUpTheSame()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var records = RandomCalls(random, 200).Select((call, i) => Calls.Record(_schemas, call, i)).ToArray();
        var together = Sums(Step(Calls.Batch(records)));
        random.Shuffle(records);
        var apart = new Dictionary<(string, DateTimeOffset), (long, decimal, long, decimal, decimal)>();
        foreach (var part in records.Chunk(random.Next(1, 30)))
            foreach (var (key, sum) in Sums(Step(Calls.Batch(part))))
            {
                var before = apart.GetValueOrDefault(key);
                apart[key] = (before.Item1 + sum.Item1, before.Item2 + sum.Item2, before.Item3 + sum.Item3, before.Item4 + sum.Item4, before.Item5 + sum.Item5);
            }

        Assert.Equal(together.OrderBy(sum => sum.Key), apart.OrderBy(sum => sum.Key));
    }

    [Fact]
    public void Step_OfTags_TellsAggregatesApartByTheConfiguredOnes()
    {
        LLMUsageAudit Tagged(string region, string note) => Calls.Plain(Calls.Tokens(1, 1)) with
        {
            Attribution = new Attribution { Tags = new Dictionary<string, string> { ["region"] = region, ["note"] = note, ["a=b"] = "c" } },
        };
        var batch = Calls.Batch(
            Calls.Record(_schemas, Tagged("eu", "1"), 0), Calls.Record(_schemas, Tagged("eu", "2"), 1), Calls.Record(_schemas, Tagged("us", "1"), 2));
        var sums = Step(batch, "region", "missing").Records.Where(record => record.Topic == Topics.Aggregates).Select(Read<UsageAggregate>).ToArray();
        Assert.Equal([2L, 1L], sums.Select(sum => sum.Calls));
        Assert.Equal(["eu", "us"], sums.Select(sum => Assert.Single(sum.Tags).Value));
    }

    [Fact]
    public void Step_OfRetrievedReply_CountsTheCallButNotItsTokensAgain()
    {
        var call = Calls.Plain(Calls.Tokens(1000, 100)) with { Operation = "retrieve" };
        var sum = Read<UsageAggregate>(Step(Calls.Batch(Calls.Record(_schemas, call, 0))).Records[1]);
        Assert.Equal((1L, 0L, 0m), (sum.Calls, sum.InputTotal, sum.NetTotal));
    }

    [Fact]
    public void Step_OfOneTuple_UsesOneKeyInEveryMinute()
    {
        var call = Calls.Plain(Calls.Tokens(1, 1));
        var keys = Step(Calls.Batch(Calls.Record(_schemas, call, 0), Calls.Record(_schemas, call with { StartedAt = Calls.At.AddMinutes(-5) }, 1)))
            .Records.Where(record => record.Topic == Topics.Aggregates).Select(record => Encoding.UTF8.GetString(record.Key.Span)).ToArray();
        Assert.Equal(2, keys.Length);
        // The key is part of the topic's contract: a change would move tuples between partitions.
        Assert.All(keys, key => Assert.Equal("e4d25734c0526fccdb9a1d1cb4331b73", key));
    }

    [Fact]
    public void FlushTo_OfMoneyBeyondOneSum_WritesTwo()
    {
        using var writer = new RecordWriter<UsageAggregate>(_schemas);
        var aggregates = new BatchAggregates([], writer);
        var cost = new Cost { Status = CostStatus.Priced, Currency = "USD", ListTotal = 6e14m, NetTotal = 6e14m };
        for (var i = 0; i < 2; i++) aggregates.Add(Calls.Plain(), cost, new Impact { Status = ImpactStatus.NotText }, Calls.At);
        var effects = new StepEffects();
        aggregates.FlushTo(effects);
        Assert.Equal([6e14m, 6e14m], effects.Records.Select(Read<UsageAggregate>).Select(sum => sum.NetTotal));
    }

    [Fact]
    public void FlushTo_OfImpactsBeyondOneSum_WritesTwo()
    {
        using var writer = new RecordWriter<UsageAggregate>(_schemas);
        var aggregates = new BatchAggregates([], writer);
        var cost = new Cost { Status = CostStatus.Free, Currency = "USD" };
        var impact = new Impact { Status = ImpactStatus.Estimated, Pe = new Schemas.Range { Min = 1, Max = ImpactUnits.MaxFigure } };
        for (var i = 0; i < 12; i++) aggregates.Add(Calls.Plain(), cost, impact, Calls.At);
        var effects = new StepEffects();
        aggregates.FlushTo(effects);
        var sums = effects.Records.Select(Read<UsageAggregate>).ToArray();
        Assert.Equal([9L, 3L], sums.Select(sum => sum.ImpactCalls));
        Assert.Equal([9e12m, 3e12m], sums.Select(sum => sum.PeMax));
    }

    /// <summary>Written out again by other means: every figure here is far below 1, where a decimal's 15 significant digits would not do.</summary>
    private static decimal Rounded(double? figure) =>
        figure is null ? 0 : decimal.Round(decimal.Parse(figure.Value.ToString("F28", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), 15, MidpointRounding.ToEven);

    private StepEffects Step(RecordBatch batch, params string[] tags)
    {
        var effects = new StepEffects();
        using var transform = new EnrichTransform(TestCatalogue.Instance, _schemas, tags, new EnricherMetrics(NullLogger.Instance));
        transform.Step(batch, effects);
        return effects;
    }

    private static Dictionary<(string, DateTimeOffset), (long, decimal, long, decimal, decimal)> Sums(StepEffects effects) =>
        effects.Records.Where(record => record.Topic == Topics.Aggregates)
            .Select(record => (Key: Encoding.UTF8.GetString(record.Key.Span), Sum: Read<UsageAggregate>(record)))
            .ToDictionary(one => (one.Key, one.Sum.Minute), one => (one.Sum.Calls, one.Sum.NetTotal, one.Sum.OutputTotal, one.Sum.EnergyMin, one.Sum.AdpeMax));

    private static T Read<T>(NewRecord record)
        where T : IAvroRecord<T> => TopicContents.Decode<T>(record.Value);

    private static IEnumerable<LLMUsageAudit> RandomCalls(Random random, int count)
    {
        string[] models = ["acme-plain", "acme-cache", "acme-tier", "acme-free", "acme-new", "acme-ears", "gpt-4o", "gpt-5-nano"];
        for (var i = 0; i < count; i++)
        {
            var model = models[random.Next(models.Length)];
            var usage = random.Next(5) == 0 ? null : Calls.Tokens(random.Next(300_000), random.Next(5000));
            yield return Calls.Plain(usage) with
            {
                EventId = new Guid(i, 7, 7, [1, 2, 3, 4, 5, 6, 7, 8]),
                StartedAt = Calls.At.AddSeconds(-random.Next(180)),
                Provider = model.StartsWith("gpt") ? "openai" : "acme",
                ResponseModel = model,
                DurationUs = random.Next(100, 20_000_000),
                Outcome = random.Next(4) == 0 ? Outcome.UpstreamError : Outcome.Ok,
                Attribution = new Attribution { Team = random.Next(3) switch { 0 => null, 1 => "a", _ => "b" } },
            };
        }
    }
}
