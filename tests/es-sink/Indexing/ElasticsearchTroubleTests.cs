using Pipeline.EsSink.Indexing;
using Pipeline.EsSink.Tests.Servers;
using Pipeline.Runtime.Hosting;
using Xunit;

namespace Pipeline.EsSink.Tests.Indexing;

/// <summary>Against servers of their own that are throttled or killed.</summary>
public sealed class ElasticsearchTroubleTests
{
    private const string Index = "llm-usage-2026.03.01";

    [Fact]
    public void Cluster_WithLittleRoom_TakesTheBatchInSmallerRequests()
    {
        using var server = ElasticsearchServer.StartOrSkip("indexing_pressure.memory.limit=300kb");
        using var cluster = new Cluster(server.Url);
        using var sink = new SinkUnderTest(server.Url, SampleEvents.Noon);
        var events = Enumerable.Range(0, 1_000).Select(static i => SampleEvents.Event(i)).ToList();
        Assert.False(sink.TryIndex(sink.Records.Batch(events)));
        Assert.Equal(CheckStatus.NotReady, sink.Indexer.Check().Status);
        Assert.Contains("429", sink.Indexer.Check().Message);

        Assert.Empty(sink.Index(events));
        Assert.Equal(CheckStatus.Ok, sink.Indexer.Check().Status);
        Assert.Equal(1_000, cluster.Documents(Index).Count);
    }

    [Fact]
    public void Cluster_KilledAndStartedAgain_HasEverySettledDocumentAndTakesTheRest()
    {
        using var server = ElasticsearchServer.StartOrSkip();
        using var sink = new SinkUnderTest(server.Url, SampleEvents.Noon);
        Assert.Empty(sink.Index(Enumerable.Range(0, 500).Select(static i => SampleEvents.Event(i))));

        server.Crash();
        var batch = sink.Records.Batch(Enumerable.Range(500, 500).Select(static i => SampleEvents.Event(i)));
        Assert.False(sink.TryIndex(batch));
        Assert.Contains("no answer", sink.Indexer.Check().Message);

        server.Start();
        Assert.Empty(sink.Index(Enumerable.Range(500, 500).Select(static i => SampleEvents.Event(i))));
        using var cluster = new Cluster(server.Url);
        Assert.Equal(Enumerable.Range(0, 1_000).Select(static i => SampleEvents.IdOf(i).ToString()).Order(), cluster.Documents(Index).Keys.Order());
    }
}
