using Pipeline.EsSink.Rendering;
using Pipeline.Runtime;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.EsSink.Indexing;

/// <summary>
/// Moves enriched events into the document store.
/// <code>
/// batch ──(1) render──► items ──(2) next──► create index | bulk ──(3) accept──► stored, already there, expired
///             │                   ▲                            │                       │
///             │                   └─ split, index missing ◄────┤            refused    │
///             └─ unreadable ──► dead letters ◄─────────────────┼──────────────┘        ▼
///                                                 ask again ──►└─ held        (4) step: dead letters, positions
/// </code>
/// Positions move only when every record of the batch is settled, in one transaction with the dead letters. A batch that was
/// held comes again, and of it only what is not settled yet. Any replay writes the same documents: id, version and day come
/// from the event itself.
/// </summary>
/// <remarks>Synchronous and without clock: the shell performs the requests and gives the day.</remarks>
internal sealed class IndexingStep(SchemaCatalog catalog, SinkOptions options, string stage) : ITransform, IDisposable
{
    /// <summary>An index that vanishes again and again within one batch is someone else's doing: hold instead of racing.</summary>
    private const int MaxCreatesPerBatch = 3;

    private const int MaxKnownIndices = 1_000;

    private readonly RecordReader<LlmUsage> _reader = new(catalog);
    private readonly BulkLines _lines = new();
    private readonly Dictionary<(TopicPartition, long), IndexingItem> _items = [];
    private readonly Stack<List<IndexingItem>> _parts = new();
    private readonly HashSet<string> _knownIndices = [];
    private readonly Dictionary<string, int> _creates = [];
    private BulkSize _size = BulkSize.Of(options.MaxBulkBytes);
    private List<IndexingItem>? _sent;
    private DateOnly _oldestDay;

    /// <summary>Why the batch has to wait; null while there is something to do or all is settled.</summary>
    public string? HeldBy { get; private set; }

    public IndexingCounts Counts { get; } = new();

    /// <summary>Takes a batch. What is settled of a batch that comes again stays settled.</summary>
    public void Begin(RecordBatch batch, DateOnly today)
    {
        HeldBy = null;
        _sent = null;
        _parts.Clear();
        _creates.Clear();
        _lines.Reset();
        _oldestDay = today.AddDays(-options.RetentionDays);
        var earlier = new Dictionary<(TopicPartition, long), IndexingItem>(_items);
        _items.Clear();

        var unsettled = new List<IndexingItem>(batch.Records.Count);
        foreach (var record in batch.Records)
        {
            var key = (record.Source, record.Offset);
            var isSettled = earlier.TryGetValue(key, out var item) && item.Outcome is not null && IsSame(item.Record, record);
            if (!isSettled) item = Render(record);                                                                    // (1)
            _items[key] = item!;
            if (item!.Outcome is null) unsettled.Add(item);
        }

        Divide(unsettled);
    }

    /// <summary>The next request to perform; null when all is settled or the batch is held.</summary>
    public StoreRequest? Next()                                                                                       // (2)
    {
        if (HeldBy is not null || !_parts.TryPeek(out var part)) return null;
        foreach (var item in part)
        {
            if (item.Day < _oldestDay || _knownIndices.Contains(item.Index)) continue;
            return new StoreRequest(item.Index, null);
        }

        _sent = _parts.Pop();
        return new StoreRequest(null, new BulkRequest([.. _sent.Select(_lines.ItemOf)]));
    }

    public void Accept(string index, CreateIndexReply reply)
    {
        if (!reply.IsThere)
        {
            HeldBy = $"index {index} cannot be made: {reply.Reason}";
            return;
        }

        if (_knownIndices.Count >= MaxKnownIndices) _knownIndices.Clear();
        _knownIndices.Add(index);
    }

    public void Accept(BulkReply reply)                                                                               // (3)
    {
        var sent = _sent ?? throw new InvalidOperationException("a reply without a request");
        _sent = null;
        switch (reply.Verdict)
        {
            case RequestVerdict.Answered:
                AcceptItems(sent, reply.Items);
                break;
            case RequestVerdict.TooLarge or RequestVerdict.Refused when sent.Count > 1:
                _parts.Push(sent[(sent.Count / 2)..]);
                _parts.Push(sent[..(sent.Count / 2)]);
                break;
            case RequestVerdict.TooLarge:
                Bury(sent[0], DeadLetterReason.TooLarge, $"the store does not take a document of {sent[0].Length} bytes");
                break;
            case RequestVerdict.Refused:
                Bury(sent[0], DeadLetterReason.RefusedByStore, $"the store refuses the request: {reply.Reason}");
                break;
            default:
                if (reply.Verdict == RequestVerdict.Throttled) _size = _size.AfterThrottled();
                Counts.Retried += sent.Count;
                HeldBy = reply.Reason;
                break;
        }
    }

    /// <summary>The effects of a batch, or of a part of it, whose every record is settled.</summary>
    public void Step(RecordBatch batch, StepEffects effects)                                                          // (4)
    {
        foreach (var record in batch.Records)
        {
            var item = _items[(record.Source, record.Offset)];
            if (item.Outcome is null && DeliberateFaults.Active != DeliberateFault.SinkCommitsPastGap) throw new InvalidOperationException($"{record.Source}@{record.Offset} is not settled");
            if (item.Outcome == ItemOutcome.Dead) effects.Bury(record, stage, item.Reason, item.Message);
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _lines.Dispose();
    }

    private IndexingItem Render(LogRecord record)
    {
        var item = new IndexingItem(record);
        var outcome = _reader.Read(record, out var usage, out _);
        if (outcome != RecordReadOutcome.Ok) Bury(item, outcome.ToReason(), outcome.ToMessage());
        else if (usage!.Revision < 1) Bury(item, DeadLetterReason.InvalidRecord, "revision must be 1 or more");
        else _lines.Append(item, usage);
        return item;
    }

    /// <summary>A topic that was deleted and made again has the same offsets with other records.</summary>
    private static bool IsSame(LogRecord one, LogRecord other) => one.Value.Span.SequenceEqual(other.Value.Span);

    /// <summary>Cuts items into requests within the bounds; a larger item goes alone.</summary>
    private void Divide(List<IndexingItem> items)
    {
        var parts = new List<List<IndexingItem>>();
        var bytes = 0;
        foreach (var item in items)
        {
            if (parts.Count == 0 || parts[^1].Count >= options.MaxBulkItems || bytes + item.Length > _size.Bytes)
            {
                parts.Add([]);
                bytes = 0;
            }

            parts[^1].Add(item);
            bytes += item.Length;
        }

        for (var i = parts.Count - 1; i >= 0; i--) _parts.Push(parts[i]);
    }

    private void AcceptItems(List<IndexingItem> sent, IReadOnlyList<ItemReply> replies)
    {
        var missing = new List<IndexingItem>();
        var isThrottled = false;
        for (var i = 0; i < sent.Count; i++)
        {
            var (item, reply) = (sent[i], replies[i]);
            switch (reply.Verdict)
            {
                case ItemVerdict.Stored:
                    Settle(item, ItemOutcome.Stored);
                    break;
                case ItemVerdict.AlreadyThere:
                    Settle(item, ItemOutcome.AlreadyThere);
                    break;
                case ItemVerdict.Refused:
                    Bury(item, DeadLetterReason.RefusedByStore, $"the store refuses the document: {reply.Reason}");
                    break;
                case ItemVerdict.IndexMissing when item.Day < _oldestDay:
                    Settle(item, ItemOutcome.Expired);
                    break;
                case ItemVerdict.IndexMissing:
                    missing.Add(item);
                    break;
                default:
                    isThrottled |= reply.Verdict == ItemVerdict.Throttled;
                    Counts.Retried++;
                    HeldBy = reply.Reason;
                    break;
            }
        }

        _size = isThrottled ? _size.AfterThrottled() : _size.AfterAnswered();
        if (missing.Count > 0) MakeAgain(missing);
    }

    private void MakeAgain(List<IndexingItem> items)
    {
        foreach (var index in items.Select(static item => item.Index).Distinct())
        {
            _knownIndices.Remove(index);
            _creates[index] = _creates.GetValueOrDefault(index) + 1;
            if (_creates[index] >= MaxCreatesPerBatch) HeldBy = $"index {index} vanishes as soon as it is made";
        }

        Counts.Retried += items.Count;
        _parts.Push(items);
    }

    private void Settle(IndexingItem item, ItemOutcome outcome)
    {
        item.Settle(outcome);
        Counts.Add(outcome);
    }

    private void Bury(IndexingItem item, DeadLetterReason reason, string message)
    {
        item.Bury(reason, message);
        Counts.Add(ItemOutcome.Dead);
    }
}
