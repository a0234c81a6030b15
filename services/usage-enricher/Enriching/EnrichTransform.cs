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
using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.Pricing;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>
/// The enricher's core: a pure function of raw records and the versions of catalogue and impact data, so that a replay writes the same
/// bytes.
/// <code>
///   llm-usage-raw ──(1) read──► call ──(2) event time──┬─(3) price─────► cost ────┬─(5) raw bytes + what is added──► llm-usage
///                     │                                └─(4) estimate──► impact ──┴─(6) one delta per minute and tuple──► llm-usage-aggregates
///                     └─ what cannot be read ──► llm-usage-raw.dead-letter
/// </code>
/// Guarantee: every raw record becomes one event with a cost status and an impact status, or one dead letter; money and impacts of a
/// batch's aggregates are those of its events, to the last digit. Not for use by two threads.
/// </summary>
public sealed class EnrichTransform : ITransform, IDisposable
{
    /// <summary>Name in dead letters, metrics and logs.</summary>
    public const string Stage = "usage-enricher";

    private const int FirstRevision = 1;
    private const int UuidBytes = 36;

    private readonly SchemaCatalog _schemas;
    private readonly RecordReader<LLMUsageAudit> _reader;
    private readonly RecordWriter<UsageAggregate> _aggregateWriter;
    private readonly AvroWriter _writer = new();
    private readonly CallPricer _pricer;
    private readonly CallEstimator _estimator;
    private readonly BatchAggregates _aggregates;
    private readonly EnricherMetrics _metrics;

    /// <param name="aggregateTags">Tags that aggregates are told apart by.</param>
    /// <param name="impactZone">Electricity zone of every call; null = each call's own.</param>
    public EnrichTransform(
        Catalogue catalogue, SchemaCatalog schemas, IReadOnlyList<string> aggregateTags, EnricherMetrics metrics, string? impactZone = null)
        : this(catalogue, new CallEstimator(ImpactDataFiles.Embedded, impactZone), schemas, aggregateTags, metrics)
    {
    }

    internal EnrichTransform(
        Catalogue catalogue, CallEstimator estimator, SchemaCatalog schemas, IReadOnlyList<string> aggregateTags, EnricherMetrics metrics)
    {
        _schemas = schemas;
        _reader = new RecordReader<LLMUsageAudit>(schemas);
        _aggregateWriter = new RecordWriter<UsageAggregate>(schemas);
        _pricer = new CallPricer(catalogue);
        _estimator = estimator;
        _aggregates = new BatchAggregates(aggregateTags, _aggregateWriter);
        _metrics = metrics;
    }

    public void Step(RecordBatch batch, StepEffects effects)
    {
        _aggregates.Clear();
        foreach (var record in batch.Records) Enrich(record, effects);
        _aggregates.FlushTo(effects);                                                                       // (6)
    }

    public void Dispose()
    {
        _reader.Dispose();
        _aggregateWriter.Dispose();
        _writer.Dispose();
    }

    private void Enrich(LogRecord record, StepEffects effects)
    {
        var outcome = _reader.Read(record, out var call, out var body);                                     // (1)
        if (outcome != RecordReadOutcome.Ok)
        {
            effects.Bury(record, Stage, outcome.ToReason(), outcome.ToMessage());
            return;
        }

        var time = EventTime.Of(call!, record.AppendedAt);                                                  // (2)
        var cost = _pricer.Price(call!, time.At);                                                           // (3)
        var impact = _estimator.Estimate(call!, time.At);                                                       // (4)
        var value = Encode(record, call!, body.Span, time, cost, impact);                                   // (5)
        if (value.Length > Topics.MaxRecordBytes)
        {
            effects.Bury(record, Stage, DeadLetterReason.TooLarge, $"the event is {value.Length} bytes, {Topics.MaxRecordBytes} at most");
            return;
        }

        effects.Append(record, new NewRecord(Topics.Usage, KeyOf(call!.EventId), value, Headers: RecordWriter<LlmUsage>.Headers));
        _aggregates.Add(call, cost, impact, time.At);
        _metrics.Count(record, call, cost, impact, time.ClockReported is null);
    }

    /// <summary>The event's first fields are the raw record's, so its bytes are taken over as they are.</summary>
    private byte[] Encode(LogRecord record, LLMUsageAudit call, ReadOnlySpan<byte> body, in EventTime time, Cost cost, Impact impact)
    {
        _writer.Reset();
        ConfluentFrame.WriteHeader(_writer, _schemas.IdOf(LlmUsage.Subject));
        _writer.WriteRaw(body);
        ToEvent(record, call, time, cost, impact).WriteAdded(_writer);
        return _writer.WrittenSpan.ToArray();
    }

    /// <remarks>
    /// Made at: for the first revision the raw record's append time, which a replay finds again; the step has no clock.
    /// </remarks>
    internal static LlmUsage ToEvent(LogRecord record, LLMUsageAudit call, in EventTime time, Cost cost, Impact impact) =>
        new(call, time.At, cost, FirstRevision, TimestampMicros.Truncate(record.AppendedAt), PositionOf(record))
        {
            ClockReported = time.ClockReported,
            Impact = impact,
        };

    private static RecordPosition PositionOf(LogRecord record) =>
        new() { Topic = record.Source.Topic, Partition = record.Source.Partition, Offset = record.Offset };

    private static byte[] KeyOf(Guid eventId)
    {
        var key = new byte[UuidBytes];
        Utf8Formatter.TryFormat(eventId, key, out _);
        return key;
    }
}
