using Pipeline.Schemas;

namespace Pipeline.EsSink.Indexing;

/// <summary>One document to be written.</summary>
/// <param name="Index">Index of the event's own day.</param>
/// <param name="Usage">The event; its id is the document's, its revision the document's version.</param>
/// <param name="Lines">Action and document, each with its line break, as `_bulk` takes them.</param>
public readonly record struct BulkItem(string Index, LlmUsage Usage, ReadOnlyMemory<byte> Lines);

/// <summary>Documents that are sent together. The items' bytes are valid until the reply was accepted.</summary>
public sealed record BulkRequest(IReadOnlyList<BulkItem> Items)
{
    public long Bytes { get; } = Items.Sum(static item => (long)item.Lines.Length);
}
