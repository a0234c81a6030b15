using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.EsSink.Indexing;
using Pipeline.EsSink.Rendering;
using Pipeline.Kibana.Tests.Querying;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;
using Pipeline.TestKit;
using Xunit;

namespace Pipeline.Kibana.Tests;

[CollectionDefinition(nameof(IndexedEvents))]
public sealed class IndexedEventsCollection : ICollectionFixture<IndexedEvents>;

/// <summary>The known events in the real Elasticsearch, put there by the sink itself: its templates, its documents, its bulk requests.</summary>
public sealed class IndexedEvents : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string? _skipReason;

    public IndexedEvents()
    {
        if (RealElasticsearch.Shared(out _skipReason) is not { } url) return;
        Server = new SearchServer(new Uri(url));
        var days = Enumerable.Range(0, KnownEvents.Days).Select(static day => DayIndex.NameOf(DayIndex.DayOf(KnownEvents.From.AddDays(day)))).ToList();
        // A cluster that is kept between runs may hold an older set.
        foreach (var index in days) Server.Send(HttpMethod.Delete, index, mayFail: true);
        Index(new Uri(url));
        foreach (var index in days) Server.Send(HttpMethod.Post, $"{index}/_refresh");
    }

    private SearchServer? Server { get; }

    internal SearchServer OrSkip()
    {
        if (Server is null) Assert.Skip(_skipReason ?? "no Elasticsearch");
        return Server!;
    }

    public void Dispose() => Server?.Dispose();

    private static void Index(Uri url)
    {
        var catalog = new SchemaCatalog(new OneSchema(), [SchemaSet.LlmUsage]);
        catalog.Prepare(CancellationToken.None);
        var options = new SinkOptions();
        using var target = new ElasticsearchTarget(new ElasticsearchOptions { Url = url, Replicas = 0 }, options.RetentionDays, NullLogger.Instance);
        using var indexer = new DocumentIndexer(catalog, target, options, new FixedClock(KnownEvents.From.AddDays(KnownEvents.Days)), NullLogger.Instance);
        var batch = BatchOf(catalog);
        var began = TimeProvider.System.GetTimestamp();
        while (!indexer.Prepare(batch, CancellationToken.None))
        {
            if (TimeProvider.System.GetElapsedTime(began) > Patience) throw new TimeoutException($"held: {indexer.Check().Message}");
            Thread.Yield();
        }
    }

    private static RecordBatch BatchOf(SchemaCatalog catalog)
    {
        using var writer = new RecordWriter<LlmUsage>(catalog);
        var partition = new TopicPartition(Topics.Usage, 0);
        var records = KnownEvents.All.Select((usage, i) => new LogRecord(partition, i, KnownEvents.From, usage.EventId.ToByteArray(), writer.Write(usage), [])).ToList();
        return new RecordBatch(records, new Dictionary<TopicPartition, long> { [partition] = records.Count }, null);
    }

    private sealed class OneSchema : ISchemaRegistry
    {
        private const int Id = 1;

        public RegistryAnswer<int> Register(string subject, string schemaJson, CancellationToken stop) => RegistryAnswer<int>.Ok(Id);

        public RegistryAnswer<int> LookUp(string subject, string schemaJson, CancellationToken stop) => RegistryAnswer<int>.Ok(Id);

        public RegistryAnswer<string> ReadSchema(int id, CancellationToken stop) => RegistryAnswer<string>.Ok(LlmUsage.SchemaJson);
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
