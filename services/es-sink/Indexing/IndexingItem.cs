using Pipeline.EsSink.Rendering;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Pipeline.Schemas;

namespace Pipeline.EsSink.Indexing;

/// <summary>What became of a record, for good.</summary>
public enum ItemOutcome
{
    Stored,
    AlreadyThere,

    /// <summary>Its day is older than the retention and its index is gone.</summary>
    Expired,

    /// <summary>It can never be a document: a dead letter.</summary>
    Dead,
}

/// <summary>One record of the batch on its way into the store.</summary>
internal sealed class IndexingItem(LogRecord record)
{
    public LogRecord Record { get; } = record;
    public LlmUsage? Usage { get; set; }
    public DateOnly Day { get; set; }
    public string Index { get; set; } = "";

    /// <summary>Where its lines are in the batch's buffer.</summary>
    public int Start { get; set; }

    public int Length { get; set; }

    /// <summary>Null while it is not settled.</summary>
    public ItemOutcome? Outcome { get; private set; }

    public DeadLetterReason Reason { get; private set; }
    public string Message { get; private set; } = "";

    public void Settle(ItemOutcome outcome) => Outcome = outcome;

    public void Bury(DeadLetterReason reason, string message)
    {
        Outcome = ItemOutcome.Dead;
        (Reason, Message) = (reason, message);
    }

    public BulkItem ToBulkItem(DocumentBuffer buffer) => new(Index, Usage!, buffer.Slice(Start, Length));
}
