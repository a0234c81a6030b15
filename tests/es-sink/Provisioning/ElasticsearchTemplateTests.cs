using System.Text.Json;
using Pipeline.EsSink.Tests.Servers;
using Xunit;

namespace Pipeline.EsSink.Tests.Provisioning;

/// <summary>Against a server whose templates a test changes for everyone.</summary>
public sealed class ElasticsearchTemplateTests
{
    private const string Index = "llm-usage-2026.03.01";

    [Fact]
    public void Cluster_WithForeignAndNewerTemplates_IsWrittenToOnlyWhenTheirEffectIsAsNeeded()
    {
        using var server = ElasticsearchServer.StartOrSkip();
        using var cluster = new Cluster(server.Url);
        using var sink = new SinkUnderTest(server.Url, SampleEvents.Noon);
        StrongerForeignTemplate_HoldsTheSink(cluster, sink);
        NewerTemplate_IsLeftAlone(cluster, sink);
    }

    private static void StrongerForeignTemplate_HoldsTheSink(Cluster cluster, SinkUnderTest sink)
    {
        cluster.Put("_index_template/foreign", """{"index_patterns":["llm-*"],"priority":900,"template":{"mappings":{"properties":{"llm":{"properties":{"attempt":{"type":"keyword"}}}}}}}""");
        var batch = sink.Records.Batch(SampleEvents.Event(0));
        Assert.False(sink.TryIndex(batch));
        Assert.Contains("weaker than ours", sink.Target.Check().Message);
        Assert.False(cluster.Exists(Index));
        cluster.Delete("_index_template/foreign");
        Assert.True(sink.TryIndex(batch));
    }

    private static void NewerTemplate_IsLeftAlone(Cluster cluster, SinkUnderTest sink)
    {
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
