using Pipeline.Runtime;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Enriching.Aggregating;
using Pipeline.UsageEnricher.Pricing.Books;

namespace Pipeline.UsageEnricher.Repricing;

/// <summary>
/// The core of reprice: decides for the events of one batch whether they cost something else now.
/// <code>
///   llm-usage ──(1) read──► newest revision, in the period ──(2) price──► other figures? ──(3) next revision ──► llm-usage
///                                                                                   └─(4) difference, under old and new tuple ──► llm-usage-aggregates
/// </code>
/// Guarantee: an event whose figures stay is not touched; money of the corrections is that of the new revisions less that of the ones before,
/// to the last digit. The impact stays as it was estimated: only the price is asked again. Not for use by two threads.
/// </summary>
/// <param name="read">Knows the schemas of the records.</param>
/// <param name="written">Has the ids of the schemas that are written.</param>
internal sealed class RepriceStep(PriceBook book, SchemaCatalog read, SchemaCatalog written, RepricePeriod period, IReadOnlyList<string> aggregateTags) : IDisposable
{
    private readonly CallPricer _pricer = new(book);
    private readonly RecordReader<LlmUsage> _reader = new(read);
    private readonly RecordWriter<LlmUsage> _events = new(written);
    private readonly RecordWriter<UsageAggregate> _aggregateWriter = new(written);
    private readonly Dictionary<Guid, int> _given = [];
    private BatchAggregates? _aggregates;

    /// <summary>Revisions that the last step gave, by event.</summary>
    public IReadOnlyDictionary<Guid, int> Given => _given;

    /// <summary>For the first reading of a partition: which revisions there are.</summary>
    public void Note(LogRecord record, LatestRevisions latest)
    {
        if (DeliberateFaults.Active != DeliberateFault.OlderRevisionsRepriced && TryRead(record, latest) is { Revision: > 1 } usage) latest.Note(usage.EventId, usage.Revision);
    }

    /// <param name="records">Of one partition, in order.</param>
    /// <param name="latest">Of that partition.</param>
    /// <param name="now">When the revisions are made.</param>
    /// <param name="refused">Records whose revision the log does not take.</param>
    public void Step(IEnumerable<LogRecord> records, LatestRevisions latest, DateTimeOffset now, IReadOnlySet<LogRecord> refused, StepEffects effects, Differences differences)
    {
        _given.Clear();
        _aggregates ??= new BatchAggregates(aggregateTags, _aggregateWriter);
        _aggregates.Clear();
        foreach (var record in records)
        {
            if (TryRead(record, latest, differences) is not { } usage || !latest.IsLatest(usage)) continue;
            // The same revision of an event twice is one event: an edge that lost its position ships its last records again.
            if (_given.ContainsKey(usage.EventId)) continue;
            differences.Looked++;
            Reprice(record, usage, now, refused, effects, differences);
        }

        _aggregates.FlushTo(effects);                                                                       // (4)
    }

    public void Dispose()
    {
        _reader.Dispose();
        _events.Dispose();
        _aggregateWriter.Dispose();
    }

    private void Reprice(LogRecord record, LlmUsage usage, DateTimeOffset now, IReadOnlySet<LogRecord> refused, StepEffects effects, Differences differences)
    {
        // Its answer was charged with another event, at whatever price.
        if (usage.Cost.Status == CostStatus.AlreadyBooked) return;
        var cost = _pricer.Price(usage, usage.EventTime);                                                   // (2)
        if (CostFigures.AreEqual(usage.Cost, cost)) return;

        var next = usage with { Cost = cost, Revision = usage.Revision + 1, EnrichedAt = TimestampMicros.Truncate(now) };
        var revision = _events.Record(Topics.Usage, EventMaking.KeyOf(usage.EventId), next);
        if (revision.Value.Length > Topics.MaxRecordBytes || refused.Contains(record))
        {
            differences.TooLarge++;
            return;
        }

        effects.Append(record, revision);                                                                   // (3)
        _aggregates!.Correct(usage, cost);
        differences.Add(usage, cost);
        _given[usage.EventId] = next.Revision;
    }

    private LlmUsage? TryRead(LogRecord record, LatestRevisions latest, Differences? differences = null)
    {
        if (_reader.Read(record, out var usage, out _) != RecordReadOutcome.Ok)
        {
            if (differences is not null && latest.IsFirst) differences.Unreadable++;
            return null;
        }

        return usage!.EventTime >= period.Start && usage.EventTime < period.End && latest.Holds(usage.EventId) ? usage : null;
    }
}
