using System.Collections.Concurrent;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;

namespace Pipeline.GatewayEdge.Spooling;

/// <summary>Encodes events within their bound, into writers that are kept.</summary>
internal sealed class EventEncoding
{
    private static readonly IReadOnlyDictionary<string, string> NoTags = new Dictionary<string, string>();

    private readonly ConcurrentQueue<AvroWriter> _writers = new();

    /// <param name="maxBytes">Bound of the encoded event as it is shipped.</param>
    /// <returns>The writer holding the body, to be given back; null when the event is over the bound even without what may be dropped.</returns>
    public AvroWriter? Encode(LLMUsageAudit audit, int maxBytes)
    {
        if (!_writers.TryDequeue(out var writer)) writer = new AvroWriter();
        if (Fits(writer, audit, maxBytes)) return writer;
        audit = audit with { ProviderUsage = null, Truncated = true };
        if (Fits(writer, audit, maxBytes)) return writer;
        audit = audit with { Attribution = audit.Attribution with { Tags = NoTags } };
        if (Fits(writer, audit, maxBytes)) return writer;
        Return(writer);
        return null;
    }

    public void Return(AvroWriter writer) => _writers.Enqueue(writer);

    private static bool Fits(AvroWriter writer, LLMUsageAudit audit, int maxBytes)
    {
        writer.Reset();
        audit.Write(writer);
        // As shipped: what is encoded for `edge` now is replaced by at most this.
        return writer.Length + SpoolFrame.MaxEdgeBytes <= maxBytes;
    }
}
