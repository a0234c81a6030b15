using System.Net;
using System.Net.Http.Headers;

namespace Pipeline.EsSink.Indexing;

/// <summary>A bulk request's body: the items' lines as they are in the batch's buffer, not copied.</summary>
internal sealed class BulkContent : HttpContent
{
    private static readonly MediaTypeHeaderValue NdJson = new("application/x-ndjson");

    private readonly BulkRequest _request;

    public BulkContent(BulkRequest request)
    {
        _request = request;
        Headers.ContentType = NdJson;
    }

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        foreach (var item in _request.Items) stream.Write(item.Lines.Span);
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        foreach (var item in _request.Items) await stream.WriteAsync(item.Lines);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _request.Bytes;
        return true;
    }
}
