using System.Text.Json;
using Pipeline.EsSink.Indexing;
using Pipeline.EsSink.Tests.Servers;
using Pipeline.Runtime.Hosting;
using Xunit;

namespace Pipeline.EsSink.Tests.Indexing;

/// <summary>Against servers of their own that are throttled, killed or set up wrongly.</summary>
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

    [Fact]
    public void Cluster_WhoseWritesAreBlocked_HoldsUntilTheyAreNot()
    {
        using var server = ElasticsearchServer.StartOrSkip();
        using var cluster = new Cluster(server.Url);
        using var sink = new SinkUnderTest(server.Url, SampleEvents.Noon);
        sink.Index(SampleEvents.Event(0));
        cluster.Put($"{Index}/_settings", """{"index.blocks.write":true}""");
        var batch = sink.Records.Batch(SampleEvents.Event(1));
        Assert.False(sink.TryIndex(batch));
        Assert.Contains("cluster_block_exception", sink.Indexer.Check().Message);
        cluster.Put($"{Index}/_settings", """{"index.blocks.write":null}""");
        Assert.True(sink.TryIndex(batch));
        Assert.Empty(sink.Effects(batch));
        Assert.Equal(2, cluster.Documents(Index).Count);
    }

    [Fact]
    public void Cluster_WithAStrongerForeignTemplate_IsNotWrittenTo()
    {
        using var server = ElasticsearchServer.StartOrSkip();
        using var cluster = new Cluster(server.Url);
        cluster.Put("_index_template/foreign", """{"index_patterns":["llm-*"],"priority":900,"template":{"mappings":{"properties":{"llm":{"properties":{"attempt":{"type":"keyword"}}}}}}}""");
        using var sink = new SinkUnderTest(server.Url, SampleEvents.Noon);
        var batch = sink.Records.Batch(SampleEvents.Event(0));
        Assert.False(sink.TryIndex(batch));
        Assert.Contains("weaker than ours", sink.Target.Check().Message);
        Assert.False(cluster.Exists(Index));
        cluster.Delete("_index_template/foreign");
        Assert.True(sink.TryIndex(batch));
    }

    [Fact]
    public void Cluster_WithANewerTemplate_IsUsedAsItIsWithAWarning()
    {
        using var server = ElasticsearchServer.StartOrSkip();
        using var cluster = new Cluster(server.Url);
        using var sink = new SinkUnderTest(server.Url, SampleEvents.Noon);
        Assert.True(sink.Target.Provision(CancellationToken.None));
        var found = cluster.Get("_component_template/llm-usage-mappings").GetProperty("component_templates")[0].GetProperty("component_template");
        var newer = JsonSerializer.SerializeToNode(found)!;
        newer["_meta"]!["version"] = 99;
        cluster.Put("_component_template/llm-usage-mappings", newer.ToJsonString());
        Assert.True(sink.Target.Provision(CancellationToken.None));
        Assert.Contains("newer version", sink.Target.Check().Message);
        Assert.Equal(99, cluster.Get("_component_template/llm-usage-mappings").GetProperty("component_templates")[0]
            .GetProperty("component_template").GetProperty("_meta").GetProperty("version").GetInt32());
    }
}
