using System.Net.Http.Headers;

namespace Pipeline.EsSink.Indexing;

/// <summary>Documents in Elasticsearch, by its `_bulk` API.</summary>
internal sealed class ElasticsearchStore(ElasticsearchHttp http) : IDocumentStore
{
    private const string BulkPath = "_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason";

    private const string MultiGetPath = "_mget?filter_path=docs.found,docs._version,docs._source";

    /// <summary>Of each request; a replay of a topic is compared in samples.</summary>
    private const int MaxComparedItems = 16;

    private static readonly MediaTypeHeaderValue Json = new("application/json");

    public CreateIndexReply CreateIndex(string index, CancellationToken stop)
    {
        using var content = new ByteArrayContent("{}"u8.ToArray());
        content.Headers.ContentType = Json;
        var reply = http.Send(HttpMethod.Put, index, content, stop);
        if (reply.Failure is not null) return new CreateIndexReply(false, reply.Failure);
        var failed = BulkReplyClassifier.OfStatus(reply.Status, reply.Body.Span);
        return reply.Status is 200 || failed.Reason!.EndsWith(" resource_already_exists_exception", StringComparison.Ordinal)
            ? CreateIndexReply.Ok
            : new CreateIndexReply(false, failed.Reason);
    }

    public BulkReply Write(BulkRequest request, CancellationToken stop)
    {
        using var content = new BulkContent(request);
        var reply = http.Send(HttpMethod.Post, BulkPath, content, stop);
        if (reply.Failure is not null) return BulkReply.Failed(RequestVerdict.Retry, reply.Failure);
        if (reply.Status == 200) return Compare(request, BulkReplyClassifier.OfBody(reply.Body.Span, request.Items.Count), stop);
        // Only Elasticsearch itself can find fault with what we sent; anything between us can at most find it too large.
        return reply.IsElasticsearch || reply.Status is 413 or 429 or 401 or 403
            ? BulkReplyClassifier.OfStatus(reply.Status, reply.Body.Span)
            : BulkReply.Failed(RequestVerdict.Retry, $"HTTP {reply.Status} from something that is not Elasticsearch; check Elasticsearch:Url");
    }

    /// <summary>A document that is there with our revision must be ours to the byte.</summary>
    private BulkReply Compare(BulkRequest request, BulkReply reply, CancellationToken stop)
    {
        var compared = new List<BulkItem>();
        for (var i = 0; i < reply.Items.Count && compared.Count < MaxComparedItems; i++)
            if (reply.Items[i].Verdict == ItemVerdict.AlreadyThere) compared.Add(request.Items[i]);
        if (compared.Count == 0) return reply;

        using var content = new ByteArrayContent(DocumentComparison.RequestOf(compared));
        content.Headers.ContentType = Json;
        var found = http.Send(HttpMethod.Post, MultiGetPath, content, stop);
        return found.Status == 200 ? reply with { Divergent = DocumentComparison.CountDivergent(compared, found.Body) } : reply;
    }
}
