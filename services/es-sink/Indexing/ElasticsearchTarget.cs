using Microsoft.Extensions.Logging;
using Pipeline.EsSink.Provisioning;
using Pipeline.Runtime.Hosting;

namespace Pipeline.EsSink.Indexing;

/// <summary>
/// An Elasticsearch cluster as the document store. No index is made before the templates are as they must be: a cluster that
/// lost them, or was replaced, would else map documents by guess.
/// </summary>
public sealed class ElasticsearchTarget : IDocumentStore, IDisposable
{
    private readonly ElasticsearchHttp _http;
    private readonly Provisioner _provisioner;
    private readonly ElasticsearchStore _store;

    /// <param name="handler">Outgoing HTTP; null = the network.</param>
    public ElasticsearchTarget(ElasticsearchOptions options, int retentionDays, ILogger logger, HttpMessageHandler? handler = null)
    {
        _http = new ElasticsearchHttp(options, handler);
        _provisioner = new Provisioner(_http, options, retentionDays, logger);
        _store = new ElasticsearchStore(_http);
    }

    /// <summary>Brings the templates in order; false = not yet.</summary>
    public bool Provision(CancellationToken stop) => _provisioner.Ensure(stop);

    /// <summary>One line for each template that was looked at last: what it is now.</summary>
    public IReadOnlyList<string> Provisioned() => _provisioner.Seen;

    public CreateIndexReply CreateIndex(string index, CancellationToken stop) =>
        _provisioner.Ensure(stop) ? _store.CreateIndex(index, stop) : new CreateIndexReply(false, _provisioner.Check().Message);

    public BulkReply Write(BulkRequest request, CancellationToken stop) => _store.Write(request, stop);

    /// <summary>For readiness.</summary>
    public CheckResult Check() => _provisioner.Check();

    public void Dispose() => _http.Dispose();
}
