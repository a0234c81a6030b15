namespace Pipeline.EsSink.Indexing;

/// <summary>What became of one item.</summary>
public enum ItemVerdict
{
    /// <summary>Written now.</summary>
    Stored,

    /// <summary>An equal or newer revision was there before.</summary>
    AlreadyThere,

    /// <summary>Not now: the store is full, blocked or not allowed to; nothing is wrong with the document.</summary>
    Retry,

    /// <summary>Not now, and in smaller requests.</summary>
    Throttled,

    /// <summary>There is no such index, and it is not made by itself.</summary>
    IndexMissing,

    /// <summary>The store will never take this document.</summary>
    Refused,
}

/// <param name="Reason">The store's error type, with the field's name where it tells one; null when written. Never content.</param>
public readonly record struct ItemReply(ItemVerdict Verdict, string? Reason = null);

/// <summary>What became of a request as a whole.</summary>
public enum RequestVerdict
{
    /// <summary>Every item has its own reply.</summary>
    Answered,

    /// <summary>Nothing is known of the items: no answer, or the store is in trouble.</summary>
    Retry,

    /// <summary>Too much at once for the store as it is now: later, and in smaller requests.</summary>
    Throttled,

    /// <summary>The store does not know us or does not let us: nothing was written, and an operator must act.</summary>
    Unauthorized,

    /// <summary>Too many bytes for the store: to be sent in halves.</summary>
    TooLarge,

    /// <summary>The store cannot read the request: to be sent in halves until the item is found.</summary>
    Refused,
}

/// <param name="Items">One reply per item in the request's order when <see cref="RequestVerdict.Answered"/>, else empty.</param>
/// <param name="Reason">Why, for readiness and logs; null when answered.</param>
public sealed record BulkReply(RequestVerdict Verdict, IReadOnlyList<ItemReply> Items, string? Reason)
{
    /// <summary>Of the items already there: those compared and found with the same revision and other content.</summary>
    public int Divergent { get; init; }

    public static BulkReply Answered(IReadOnlyList<ItemReply> items) => new(RequestVerdict.Answered, items, null);

    public static BulkReply Failed(RequestVerdict verdict, string reason) => new(verdict, [], reason);
}
