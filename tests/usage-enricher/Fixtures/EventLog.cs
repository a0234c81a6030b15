using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Embedded;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Segments;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;
using Pipeline.UsageEnricher.Booking;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Pricing;

namespace Pipeline.UsageEnricher.Tests.Fixtures;

/// <summary>An embedded log on a simulated disk with the enricher's loops, turned by the test under its own clock.</summary>
internal sealed class EventLog : IDisposable
{
    private const int Partitions = 3;
    private const int QuietTurns = 3;

    private readonly ILogWriter _writer;
    private int _starts;

    public EventLog()
    {
        var opening = EmbeddedLog.Open(new SimulatedDisk(new Random(1)).Root, new EmbeddedLogOptions(), Clock, static () => new Guid(1, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11]), NullLogger.Instance);
        Assert.Null(opening.Failure);
        Log = opening.Log!;
        Assert.Empty(Log.Provision(Topics.All(Partitions)) ?? ["the log is away"]);
        _writer = Log.OpenWriter("edge", out _)!;
    }

    public TestClock Clock { get; } = new() { Now = Calls.At.AddSeconds(5) };

    public EmbeddedLog Log { get; }

    public SchemaCatalog Schemas { get; } = Calls.Schemas();

    /// <summary>Appends raw events; which partition each goes to does not follow from its content.</summary>
    public void Append(params IReadOnlyList<(int Partition, LLMUsageAudit Call)> calls)
    {
        using var raw = new RecordWriter<LLMUsageAudit>(Schemas);
        var records = calls.Select(one => raw.Record(Topics.UsageRaw, Encoding.ASCII.GetBytes(one.Call.EventId.ToString()), one.Call, one.Partition % Partitions)).ToArray();
        Assert.Equal(TransactionOutcome.Committed, _writer.Execute(new LogTransaction(records, null)).Outcome);
    }

    /// <summary>Runs an enricher, which knows nothing of an earlier one, until all is read.</summary>
    public void Enrich(Catalogue? catalogue = null)
    {
        using var enriching = new EnrichTransform(catalogue ?? TestCatalogue.Instance, Schemas, [], new EnricherMetrics(NullLogger.Instance));
        using var booking = new BookingTransform(Log, catalogue ?? TestCatalogue.Instance, Schemas, [], new EnricherMetrics(NullLogger.Instance));
        using var first = LoopOf(enriching, EnrichTransform.Stage, Groups.Enricher, Topics.UsageRaw);
        using var second = LoopOf(booking, BookingTransform.Stage, Groups.Booking, Topics.UsageBackground);
        for (var quiet = 0; quiet < QuietTurns;)
        {
            var before = Read<LlmUsage>(Topics.Usage).Count;
            for (var i = 0; i < 4; i++)
            {
                first.Turn(default);
                second.Turn(default);
            }

            quiet = Read<LlmUsage>(Topics.Usage).Count == before ? quiet + 1 : 0;
        }
    }

    public TransformLoop LoopOf(ITransform step, string stage, string group, string topic) => new(
        Log, step, new TransformOptions(stage, group, [topic], $"{stage}-{_starts++}") { MaxWait = TimeSpan.Zero, MaxBatchRecords = 7 }, Schemas.Resolve, Clock, NullLogger.Instance);

    public List<T> Read<T>(string topic)
        where T : IAvroRecord<T> => TopicContents.Read<T>(Log, topic);

    public List<LogRecord> ReadAll(string topic) => TopicContents.Read(Log, topic);

    /// <summary>Each event at its newest revision.</summary>
    public List<LlmUsage> Latest() => [.. Read<LlmUsage>(Topics.Usage).GroupBy(static one => one.EventId).Select(static revisions => revisions.MaxBy(static one => one.Revision)!)];

    /// <summary>Calls, tokens and money of the aggregates are those of the newest revisions, for each team and cost status.</summary>
    public void CheckSums()
    {
        var events = Latest().GroupBy(static one => (one.Attribution.Team, one.Cost.Status)).Select(static group => (group.Key, group.Count(), group.Sum(Input), group.Sum(static one => one.Cost.ListTotal ?? 0), group.Sum(static one => one.Cost.NetTotal ?? 0)));
        var sums = Read<UsageAggregate>(Topics.Aggregates).GroupBy(static one => (one.Team, one.CostStatus))
            .Select(static group => (group.Key, (int)group.Sum(static one => one.Calls), group.Sum(static one => one.InputTotal), group.Sum(static one => one.ListTotal), group.Sum(static one => one.NetTotal)))
            .Where(static one => one is not (_, 0, 0, 0, 0));
        Assert.Equal(events.OrderBy(static one => one.Key), sums.OrderBy(static one => one.Key));

        static long Input(LlmUsage usage) =>
            usage.Cost.Status == CostStatus.AlreadyBooked || usage is { Operation: "retrieve", Background: false } ? 0 : usage.Usage?.InputTotal ?? 0;
    }

    public void Dispose()
    {
        _writer.Dispose();
        Log.Dispose();
    }
}

/// <summary>A clock that says what the test wants.</summary>
internal sealed class TestClock : TimeProvider
{
    public DateTimeOffset Now { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Now;

    public override long GetTimestamp() => Now.UtcTicks;
}
