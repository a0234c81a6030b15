using System.Buffers.Text;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;
using Pipeline.Schemas.Wire;
using Pipeline.UsageEnricher.Enriching.Aggregating;
using Pipeline.UsageEnricher.Enriching.Estimating;
using Pipeline.UsageEnricher.Pricing.Books;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>
/// Makes a raw record's event, and adds it to the batch's aggregates: the same wherever the record is read. A pure function of the raw
/// record and the versions of price book and impact data. Not for use by two threads.
/// </summary>
internal sealed class EventMaking : IDisposable
{
    private const int FirstRevision = 1;
    private const int UuidBytes = 36;

    private readonly SchemaCatalog _schemas;
    private readonly RecordWriter<UsageAggregate> _aggregateWriter;
    private readonly AvroWriter _writer = new();
    private readonly Func<PriceBook> _prices;
    private readonly CallEstimator _estimator;
    private readonly BatchAggregates _aggregates;
    private readonly EnricherMetrics _metrics;
    private CallPricer _pricer;

    /// <param name="prices">The price book that holds now; asked once for each batch.</param>
    public EventMaking(Func<PriceBook> prices, CallEstimator estimator, SchemaCatalog schemas, IReadOnlyList<string> aggregateTags, EnricherMetrics metrics)
    {
        _schemas = schemas;
        _aggregateWriter = new RecordWriter<UsageAggregate>(schemas);
        _prices = prices;
        _pricer = new CallPricer(prices());
        _estimator = estimator;
        _aggregates = new BatchAggregates(aggregateTags, _aggregateWriter);
        _metrics = metrics;
    }

    /// <summary>Begins a batch, which has one price book from beginning to end.</summary>
    public void Begin()
    {
        var book = _prices();
        if (_pricer.Book != book) _pricer = new CallPricer(book);
        _aggregates.Clear();
    }

    /// <param name="stage">Named in the dead letter of what becomes too large.</param>
    /// <param name="record">What was read, and goes to the dead letters if need be.</param>
    /// <param name="raw">The raw record: where the event comes from and when it was appended.</param>
    /// <param name="body">The raw record's bytes in our schema.</param>
    /// <param name="isBooked">An earlier event was charged with the same answer.</param>
    public void Make(string stage, LogRecord record, LogRecord raw, LLMUsageAudit call, ReadOnlySpan<byte> body, bool isBooked, StepEffects effects)
    {
        var time = EventTime.Of(call, raw.AppendedAt);
        // What repeats an answer is priced and estimated as every repeat is, whichever call it came with.
        var charged = isBooked ? call with { Operation = Billing.Retrieve, Background = false } : call;
        var cost = _pricer.Price(charged, time.At);
        if (isBooked) cost = cost with { Status = CostStatus.AlreadyBooked };
        var impact = _estimator.Estimate(charged, time.At);
        var value = Encode(raw, call, body, time, cost, impact);
        if (value.Length > Topics.MaxRecordBytes)
        {
            effects.Bury(record, stage, DeadLetterReason.TooLarge, $"the event is {value.Length} bytes, {Topics.MaxRecordBytes} at most");
            return;
        }

        effects.Append(record, new NewRecord(Topics.Usage, KeyOf(call.EventId), value, Headers: RecordWriter<LlmUsage>.Headers));
        _aggregates.Add(call, cost, impact, time.At);
        _metrics.Count(record, call, cost, impact, time.ClockReported is null);
    }

    /// <summary>Appends the sums of what was made since the beginning.</summary>
    public void FlushTo(StepEffects effects) => _aggregates.FlushTo(effects);

    public void Dispose()
    {
        _aggregateWriter.Dispose();
        _writer.Dispose();
    }

    /// <remarks>
    /// Made at: for the first revision the raw record's append time, which a replay finds again; the step has no clock.
    /// </remarks>
    internal static LlmUsage ToEvent(LogRecord raw, LLMUsageAudit call, in EventTime time, Cost cost, Impact impact) =>
        new(call, time.At, cost, FirstRevision, TimestampMicros.Truncate(raw.AppendedAt), PositionOf(raw))
        {
            ClockReported = time.ClockReported,
            Impact = impact,
        };

    /// <summary>The key of an event's records.</summary>
    internal static byte[] KeyOf(Guid eventId)
    {
        var key = new byte[UuidBytes];
        Utf8Formatter.TryFormat(eventId, key, out _);
        return key;
    }

    /// <summary>The event's first fields are the raw record's, so its bytes are taken over as they are.</summary>
    private byte[] Encode(LogRecord raw, LLMUsageAudit call, ReadOnlySpan<byte> body, in EventTime time, Cost cost, Impact impact)
    {
        _writer.Reset();
        ConfluentFrame.WriteHeader(_writer, _schemas.IdOf(LlmUsage.Subject));
        _writer.WriteRaw(body);
        ToEvent(raw, call, time, cost, impact).WriteAdded(_writer);
        return _writer.WrittenSpan.ToArray();
    }

    private static RecordPosition PositionOf(LogRecord record) =>
        new() { Topic = record.Source.Topic, Partition = record.Source.Partition, Offset = record.Offset };
}
