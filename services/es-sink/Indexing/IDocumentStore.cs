namespace Pipeline.EsSink.Indexing;

/// <summary>
/// Where documents live. Two implementations: Elasticsearch, and the view in memory of the embedded mode and the
/// simulation. Calls block their thread, as the log's do; expected failures are values.
/// </summary>
public interface IDocumentStore
{
    /// <summary>Makes the index of a day; one that is there already is as good.</summary>
    CreateIndexReply CreateIndex(string index, CancellationToken stop);

    /// <summary>Writes documents, each for itself: an older or equal revision never replaces what is there.</summary>
    BulkReply Write(BulkRequest request, CancellationToken stop);
}

/// <param name="IsThere">The index exists now.</param>
/// <param name="Reason">What the store said when it does not; a token or a sentence of ours, never content.</param>
public readonly record struct CreateIndexReply(bool IsThere, string? Reason)
{
    public static readonly CreateIndexReply Ok = new(true, null);
}
