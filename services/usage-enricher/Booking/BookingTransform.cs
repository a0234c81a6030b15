using System.Text;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Enriching.Estimating;
using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Pricing.Books;

namespace Pipeline.UsageEnricher.Booking;

/// <summary>
/// Charges every background response once, however often its answer is read.
/// <code>
///   llm-usage-background ──(1) read──► call ──(2) booked?──┬─ no ──(3) price, book ──► llm-usage, llm-usage-aggregates
///            │                                             │                    └───► llm-booked-responses ──(0) restore
///            │                                             └─ yes ──(4) already_booked, nothing charged ──► llm-usage, llm-usage-aggregates
///            └─ what cannot be read ──► llm-usage-background.dead-letter
/// </code>
/// Guarantee: all reads of a response are in one partition; its booking, its priced event and the position are one transaction, and the
/// partition's own state record says which position its state belongs to. Not for use by two threads.
/// </summary>
public sealed class BookingTransform : IStatefulTransform, IDisposable
{
    /// <summary>Name in dead letters, metrics and logs.</summary>
    public const string Stage = "usage-enricher-booking";

    private readonly RecordReader<LLMUsageAudit> _reader;
    private readonly RecordWriter<BookedResponse> _states;
    private readonly EventMaking _events;
    private readonly BookingRestore _restore;
    private readonly Dictionary<TopicPartition, ResponseBook> _books = [];

    /// <param name="aggregateTags">Tags that aggregates are told apart by.</param>
    /// <param name="impactZone">Electricity zone of every call; null = each call's own.</param>
    public BookingTransform(
        ILog log, Catalogue catalogue, SchemaCatalog schemas, IReadOnlyList<string> aggregateTags, EnricherMetrics metrics, string? impactZone = null)
        : this(log, PriceBook.Always(catalogue), new CallEstimator(ImpactDataFiles.Embedded, impactZone), schemas, aggregateTags, metrics)
    {
    }

    /// <param name="prices">The price book that holds now; asked once for each batch.</param>
    internal BookingTransform(
        ILog log, Func<PriceBook> prices, CallEstimator estimator, SchemaCatalog schemas, IReadOnlyList<string> aggregateTags, EnricherMetrics metrics)
    {
        _reader = new RecordReader<LLMUsageAudit>(schemas);
        _states = new RecordWriter<BookedResponse>(schemas);
        _events = new EventMaking(prices, estimator, schemas, aggregateTags, metrics);
        _restore = new BookingRestore(log, schemas);
    }

    public IReadOnlyList<StoppedPartition> Stopped => _restore.Stopped;

    public RestoreOutcome Restore(RestoreRequest request, CancellationToken stop)                          // (0)
    {
        var outcome = _restore.Continue(request, stop);
        if (outcome == RestoreOutcome.Restored) _restore.HandOver(_books);
        return outcome;
    }

    public void Revoked(IReadOnlyList<TopicPartition> partitions)
    {
        _restore.Revoked(partitions);
        foreach (var partition in partitions) _books.Remove(partition);
    }

    public void BeginDecision()
    {
        foreach (var book in _books.Values) book.Void();
        _events.Begin();
    }

    public void Step(RecordBatch batch, StepEffects effects)
    {
        foreach (var record in batch.Records) Take(record, effects);
        _events.FlushTo(effects);
    }

    public bool FindDue(DateTimeOffset now, CancellationToken stop) => false;

    public void StepDue(IReadOnlyDictionary<TopicPartition, long> positions, StepEffects effects)
    {
    }

    public void EndDecision(IReadOnlyDictionary<TopicPartition, long> next, StepEffects effects)
    {
        foreach (var (source, book) in _books)
        {
            if (!next.TryGetValue(source, out var position) || position == book.Next) continue;
            book.Forget();
            foreach (var response in book.Forgotten) effects.AppendCombined(new NewRecord(Topics.BookedResponses, Encoding.ASCII.GetBytes(response), default, book.Partition));
            foreach (var (response, booking) in book.Decided) effects.AppendCombined(StateOf(book, response, booking));
            effects.AppendCombined(StateOf(book, Math.Max(position, book.Next)));
            book.MoveTo(position);
        }
    }

    public void Committed()
    {
        foreach (var book in _books.Values) book.Commit();
    }

    public void Dispose()
    {
        _restore.Dispose();
        _reader.Dispose();
        _states.Dispose();
        _events.Dispose();
    }

    private void Take(LogRecord record, StepEffects effects)
    {
        var book = _books[record.Source];
        // Only after an operator set the position back.
        if (record.Offset < book.Next) return;
        var outcome = _reader.Read(record, out var call, out var body);                                     // (1)
        if (outcome != RecordReadOutcome.Ok)
        {
            effects.Bury(record, Stage, outcome.ToReason(), outcome.ToMessage());
            return;
        }

        if (BackgroundCall.ToRaw(record) is not { } raw || !BackgroundCall.IsBookable(call!))
        {
            effects.Bury(record, Stage, DeadLetterReason.InvalidRecord, "the headers do not name the raw record, or the call is no background call with figures");
            return;
        }

        book.Advance(record.AppendedAt);
        var response = BackgroundCall.ResponseOf(call!);
        var booking = book.Find(response);                                                                  // (2)
        // An event that an edge shipped twice is the same event both times.
        var isBooked = booking is { } earlier && earlier.Event != call!.EventId;
        if (booking is null) book.Book(response, new Booking(call!.EventId, record.AppendedAt, record.Offset));
        _events.Make(Stage, record, raw, call!, body.Span, isBooked, effects);                              // (3), (4)
    }

    private NewRecord StateOf(ResponseBook book, string response, in Booking booking) => _states.Record(
        Topics.BookedResponses,
        Encoding.ASCII.GetBytes(response),
        new BookedResponse { Response = response, EventId = booking.Event, BookedAt = booking.At, Included = booking.Included, PartitionCount = _restore.PartitionCount },
        book.Partition);

    /// <summary>The partition's own record: its state includes everything before this position.</summary>
    private NewRecord StateOf(ResponseBook book, long position) => _states.Record(
        Topics.BookedResponses,
        Encoding.ASCII.GetBytes($"position/{book.Partition}"),
        new BookedResponse { Response = "", BookedAt = book.StreamTime, Included = position - 1, PartitionCount = _restore.PartitionCount },
        book.Partition);
}
