using System.Globalization;
using Pipeline.EsSink.Indexing;
using Pipeline.EsSink.Provisioning;
using Pipeline.EsSink.Tests.Servers;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Hosting;
using Xunit;

namespace Pipeline.EsSink.Tests.Indexing;

/// <summary>Against a real Elasticsearch. Each test has days of its own.</summary>
public sealed class ElasticsearchTests(SharedElasticsearch server) : IClassFixture<SharedElasticsearch>
{
    private static int _days;

    [Fact]
    public void Replay_OfTheSameBatch_WritesTheSameDocuments()
    {
        var (sink, cluster, day, index) = Begin();
        using (sink)
        using (cluster)
        {
            var events = Enumerable.Range(0, 50).Select(i => SampleEvents.Event(i, day.AddSeconds(i))).ToList();
            Assert.Empty(sink.Index(events));
            using var replay = new SinkUnderTest(server.Url!, day);
            Assert.Empty(replay.Index(events));
            var documents = cluster.Documents(index);
            Assert.Equal(events.Select(static usage => usage.EventId.ToString()).Order(), documents.Keys.Order());
            Assert.All(documents.Values, static hit => Assert.Equal(1, hit.GetProperty("_version").GetInt32()));
        }
    }

    [Fact]
    public void Revision_Newer_ReplacesAndOlder_DoesNot()
    {
        var (sink, cluster, day, index) = Begin();
        using (sink)
        using (cluster)
        {
            sink.Index(SampleEvents.Event(1, day, revision: 1, netTotal: 1m));
            sink.Index(SampleEvents.Event(1, day, revision: 3, netTotal: 3m));
            Assert.Empty(sink.Index(SampleEvents.Event(1, day, revision: 2, netTotal: 2m)));
            var hit = Assert.Single(cluster.Documents(index)).Value;
            Assert.Equal(3, hit.GetProperty("_version").GetInt32());
            var cost = hit.GetProperty("_source").GetProperty("llm").GetProperty("cost");
            Assert.Equal("3", cost.GetProperty("net_total_decimal").GetString());
        }
    }

    [Fact]
    public void Batch_OverSeveralDays_GoesToTheDaysOwnIndices()
    {
        var (sink, cluster, day, index) = Begin(days: 3);
        using (sink)
        using (cluster)
        {
            sink.Index(Enumerable.Range(0, 3).Select(i => SampleEvents.Event(i, day.AddDays(i))));
            for (var i = 0; i < 3; i++) Assert.Single(cluster.Documents(IndexOf(day.AddDays(i))));
            Assert.True(cluster.Get($"{index}/_alias").GetProperty(index).GetProperty("aliases").TryGetProperty("llm-usage", out _));
        }
    }

    [Fact]
    public void Document_TheClusterRefuses_IsADeadLetterAmongGoodOnes()
    {
        var (sink, cluster, day, index) = Begin();
        using (sink)
        using (cluster)
        {
            // A keyword over 32,766 bytes is what Elasticsearch itself cannot take.
            var poison = SampleEvents.Event(1, day, team: new string('x', 40_000));
            var dead = Assert.Single(sink.Index(SampleEvents.Event(0, day), poison, SampleEvents.Event(2, day)));
            Assert.Equal((DeadLetterReason.RefusedByStore, 1L), (dead.Reason, dead.Source.Offset));
            Assert.DoesNotContain("xxx", dead.Message);
            Assert.Equal([SampleEvents.IdOf(0).ToString(), SampleEvents.IdOf(2).ToString()], cluster.Documents(index).Keys.Order());
        }
    }

    [Fact]
    public void Index_DeletedByRetention_IsNotMadeAgainAndItsEventsExpire()
    {
        var (sink, cluster, day, index) = Begin();
        using (sink)
        using (cluster)
        {
            sink.Index(SampleEvents.Event(1, day));
            using var later = new SinkUnderTest(server.Url!, day.AddDays(20), new SinkOptions { RetentionDays = 10 });
            Assert.Empty(later.Index(SampleEvents.Event(2, day)));
            Assert.Equal(2, cluster.Documents(index).Count);
            cluster.Delete(index);
            Assert.Empty(later.Index(SampleEvents.Event(3, day)));
            Assert.False(cluster.Exists(index));
        }
    }

    [Fact]
    public void Index_DeletedWithinTheRetention_IsMadeAgainWithItsMappings()
    {
        var (sink, cluster, day, index) = Begin();
        using (sink)
        using (cluster)
        {
            sink.Index(SampleEvents.Event(1, day));
            cluster.Delete(index);
            Assert.Empty(sink.Index(SampleEvents.Event(2, day)));
            Assert.Single(cluster.Documents(index));
            Assert.Equal("false", cluster.Get($"{index}/_mapping").GetProperty(index).GetProperty("mappings").GetProperty("dynamic").GetString());
        }
    }

    [Fact]
    public void Templates_Provisioned_AreFoundAndSumsOfMoneyWork()
    {
        var (sink, cluster, day, index) = Begin();
        using (sink)
        using (cluster)
        {
            Assert.True(sink.Target.Provision(CancellationToken.None));
            Assert.NotEqual(CheckStatus.NotReady, sink.Target.Check().Status);
            var before = cluster.Get("_index_template/llm-usage").GetRawText();
            Assert.True(sink.Target.Provision(CancellationToken.None));
            Assert.Equal(before, cluster.Get("_index_template/llm-usage").GetRawText());
            sink.Index(Enumerable.Range(0, 4).Select(i => SampleEvents.Event(i, day, netTotal: 0.25m)));
            cluster.Documents(index);
            var sum = cluster.Get($"{index}/_search?size=0&source_content_type=application/json&source=" + Uri.EscapeDataString(
                """{"aggs":{"by":{"terms":{"field":"llm.attribution.team"},"aggs":{"cost":{"sum":{"field":"llm.cost.net_total"}}}}}}"""));
            var bucket = sum.GetProperty("aggregations").GetProperty("by").GetProperty("buckets")[0];
            Assert.Equal("search", bucket.GetProperty("key").GetString());
            Assert.Equal(1.0, bucket.GetProperty("cost").GetProperty("value").GetDouble());
        }
    }

    [Fact]
    public void Document_SameRevisionWithOtherContent_IsCountedAsDivergent()
    {
        var (sink, cluster, day, _) = Begin();
        using (sink)
        using (cluster)
        {
            var (one, other) = (SampleEvents.Event(1, day), SampleEvents.Event(1, day, netTotal: 7m));
            sink.Index(one);
            Assert.Equal(0, Write(sink, one).Divergent);
            Assert.Equal(1, Write(sink, other).Divergent);
        }
    }

    [Fact]
    public void Index_WhoseWritesAreBlocked_HoldsUntilTheyAreNot()
    {
        var (sink, cluster, day, index) = Begin();
        using (sink)
        using (cluster)
        {
            sink.Index(SampleEvents.Event(0, day));
            cluster.Put($"{index}/_settings", """{"index.blocks.write":true}""");
            var batch = Records.Batch(1, [sink.Records.Frame(SampleEvents.Event(1, day))]);
            Assert.False(sink.TryIndex(batch));
            Assert.Contains("cluster_block_exception", sink.Indexer.Check().Message);
            cluster.Put($"{index}/_settings", """{"index.blocks.write":null}""");
            Assert.True(sink.TryIndex(batch));
            Assert.Empty(sink.Effects(batch));
            Assert.Equal(2, cluster.Documents(index).Count);
        }
    }

    private static BulkReply Write(SinkUnderTest sink, Schemas.LlmUsage usage)
    {
        using var step = new IndexingStep(sink.Records.Catalog, new SinkOptions(), DocumentIndexer.Stage);
        var batch = sink.Records.Batch(usage);
        step.Begin(batch, DateOnly.FromDateTime(usage.EventTime.UtcDateTime));
        step.Accept(step.Next()!.Value.CreateIndex!, CreateIndexReply.Ok);
        return sink.Target.Write(step.Next()!.Value.Bulk!, CancellationToken.None);
    }

    private static string IndexOf(DateTimeOffset day) => day.ToString("'llm-usage-'yyyy.MM.dd", CultureInfo.InvariantCulture);

    private (SinkUnderTest Sink, Cluster Cluster, DateTimeOffset Day, string Index) Begin(int days = 1)
    {
        if (server.Url is null) Assert.Skip("no Elasticsearch: set ELASTICSEARCH_URL or PIPELINE_SERVERS");
        var first = Interlocked.Add(ref _days, days) - days;
        var day = new DateTimeOffset(2031, 1, 1, 12, 0, 0, TimeSpan.Zero).AddDays(first);
        var cluster = new Cluster(server.Url);
        for (var i = 0; i < days; i++) cluster.Delete($"{IndexOf(day.AddDays(i))}?ignore_unavailable=true");
        return (new SinkUnderTest(server.Url, day), cluster, day, IndexOf(day));
    }
}
