using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Booking;
using Pipeline.UsageEnricher.Enriching.Estimating;
using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Pricing.Books;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>
/// The enricher's core: a pure function of raw records and the versions of price book and impact data, so that a replay writes the same
/// bytes.
/// <code>
///   llm-usage-raw ──(1) read──► call ──(3) event time, price, estimate──► event ──┬── raw bytes + what is added ──► llm-usage
///                     │          │                                                └─(4) one delta per minute and tuple ──► llm-usage-aggregates
///                     │          └─(2) an answer that can be read again ──► llm-usage-background ──► BookingTransform, which does (3) and (4)
///                     └─ what cannot be read ──► llm-usage-raw.dead-letter
/// </code>
/// Guarantee: every raw record becomes one event with a cost status and an impact status, or one dead letter; money and impacts of a
/// batch's aggregates are those of its events, to the last digit. Not for use by two threads.
/// </summary>
public sealed class EnrichTransform : ITransform, IDisposable
{
    /// <summary>Name in dead letters, metrics and logs.</summary>
    public const string Stage = "usage-enricher";

    private readonly RecordReader<LLMUsageAudit> _reader;
    private readonly EventMaking _events;

    /// <param name="aggregateTags">Tags that aggregates are told apart by.</param>
    /// <param name="impactZone">Electricity zone of every call; null = each call's own.</param>
    public EnrichTransform(
        Catalogue catalogue, SchemaCatalog schemas, IReadOnlyList<string> aggregateTags, EnricherMetrics metrics, string? impactZone = null)
        : this(PriceBook.Always(catalogue), schemas, aggregateTags, metrics, impactZone)
    {
    }

    /// <param name="prices">The price book that holds now; asked once for each batch.</param>
    public EnrichTransform(
        Func<PriceBook> prices, SchemaCatalog schemas, IReadOnlyList<string> aggregateTags, EnricherMetrics metrics, string? impactZone = null)
        : this(prices, new CallEstimator(ImpactDataFiles.Embedded, impactZone), schemas, aggregateTags, metrics)
    {
    }

    internal EnrichTransform(
        Func<PriceBook> prices, CallEstimator estimator, SchemaCatalog schemas, IReadOnlyList<string> aggregateTags, EnricherMetrics metrics)
    {
        _reader = new RecordReader<LLMUsageAudit>(schemas);
        _events = new EventMaking(prices, estimator, schemas, aggregateTags, metrics);
    }

    public void Step(RecordBatch batch, StepEffects effects)
    {
        _events.Begin();
        foreach (var record in batch.Records) Enrich(record, effects);
        _events.FlushTo(effects);                                                                           // (4)
    }

    public void Dispose()
    {
        _reader.Dispose();
        _events.Dispose();
    }

    private void Enrich(LogRecord record, StepEffects effects)
    {
        var outcome = _reader.Read(record, out var call, out var body);                                     // (1)
        if (outcome != RecordReadOutcome.Ok) effects.Bury(record, Stage, outcome.ToReason(), outcome.ToMessage());
        else if (BackgroundCall.IsBookable(call!)) effects.Append(record, BackgroundCall.ToBook(record, call!));     // (2)
        else _events.Make(Stage, record, record, call!, body.Span, isBooked: false, effects);               // (3)
    }
}
