using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Alerting;

/// <summary>
/// Moves alerts to their webhooks.
/// <code>
/// batch ──(1) read──► alert ──(2) due──► one delivery for each webhook ──(3) accept──► delivered
///             │                  ▲                                          │              │
///             │                  └────────── nothing known of it ◄──────────┤   refused,   ▼
///             └─ unreadable ──► dead letters ◄───────────────────────────────┘   failed   (4) step: dead letters, positions
/// </code>
/// Positions move only when every delivery of the batch is settled, in one transaction with the dead letters. A batch that was held
/// or not committed comes again, and of it only what is not settled yet is due. After a restart nothing is remembered: what was
/// delivered and not committed is delivered again under the same id.
/// </summary>
/// <remarks>Synchronous and without clock: the shell performs the deliveries.</remarks>
internal sealed class AlertingStep(SchemaCatalog schemas, BudgetSet budgets) : ITransform, IDisposable
{
    /// <summary>Name in dead letters, metrics and logs.</summary>
    public const string Stage = "budget-watcher-alerter";

    /// <summary>
    /// Alerts whose end is remembered. More than one batch, because a batch that comes again may come in pieces; past it the oldest
    /// are forgotten.
    /// </summary>
    public const int MaxRemembered = 10_000;

    private readonly RecordReader<BudgetAlert> _reader = new(schemas);
    private readonly Dictionary<(TopicPartition, long), AlertItem> _items = [];
    private readonly Queue<(TopicPartition, long)> _order = new();
    private readonly List<(AlertItem Item, Delivery Delivery)> _due = [];
    private readonly List<string> _unknownWebhooks = [];

    /// <summary>What is to be delivered before the batch can be stepped, in the order of records.</summary>
    public IReadOnlyList<(AlertItem Item, Delivery Delivery)> Due => _due;

    /// <summary>For each alert that is met for the first time: the webhooks it names that there are not.</summary>
    public IReadOnlyList<string> UnknownWebhooks => _unknownWebhooks;

    /// <summary>Takes a batch.</summary>
    public void Begin(RecordBatch batch)
    {
        _due.Clear();
        _unknownWebhooks.Clear();
        foreach (var record in batch.Records)
        {
            var item = ItemOf(record);
            foreach (var delivery in item.Open) _due.Add((item, delivery));                                             // (2)
        }
    }

    public void Accept(AlertItem item, Delivery delivery, DeliveryResult result) => item.Settle(delivery, result);      // (3)

    /// <summary>The effects of a batch, or of a part of it, whose every delivery is settled.</summary>
    public void Step(RecordBatch batch, StepEffects effects)                                                            // (4)
    {
        foreach (var record in batch.Records)
        {
            var item = _items[(record.Source, record.Offset)];
            if (item.Open.Count > 0) throw new InvalidOperationException($"{record.Source}@{record.Offset} is not settled");
            if (item.Dead is { } dead) effects.Bury(record, Stage, dead.Reason, dead.Message);
        }
    }

    public void Dispose() => _reader.Dispose();

    private AlertItem ItemOf(LogRecord record)
    {
        var key = (record.Source, record.Offset);
        // A topic that was deleted and made again has the same offsets with other records.
        var isKnown = _items.TryGetValue(key, out var item);
        if (isKnown && item!.Record.Value.Span.SequenceEqual(record.Value.Span)) return item;
        item = Read(record);                                                                                           // (1)
        _items[key] = item;
        if (!isKnown) _order.Enqueue(key);
        if (_order.Count > MaxRemembered) _items.Remove(_order.Dequeue());
        return item;
    }

    private AlertItem Read(LogRecord record)
    {
        var item = new AlertItem(record);
        var outcome = _reader.Read(record, out var alert, out _);
        if (outcome != RecordReadOutcome.Ok) item.Bury(outcome.ToReason(), outcome.ToMessage());
        else _unknownWebhooks.AddRange(item.Address(alert!, budgets.Webhooks));
        return item;
    }
}
