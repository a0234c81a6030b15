using System.Text;
using Pipeline.EsSink.Indexing;
using Xunit;

namespace Pipeline.EsSink.Tests.Indexing;

/// <summary>Bodies as Elasticsearch 8.19 gives them.</summary>
public sealed class BulkReplyClassifierTests
{
    [Theory]
    [InlineData("""{"index":{"status":201}}""", nameof(ItemVerdict.Stored), null)]
    [InlineData("""{"index":{"status":200}}""", nameof(ItemVerdict.Stored), null)]
    [InlineData("""{"index":{"_index":"i","_id":"1","_version":2,"result":"updated","_shards":{"total":2,"successful":1,"failed":0},"status":200}}""", nameof(ItemVerdict.Stored), null)]
    [InlineData(
        """{"index":{"status":409,"error":{"type":"version_conflict_engine_exception","reason":"[a]: version conflict, current version [1] is higher or equal to the one provided [1]"}}}""",
        nameof(ItemVerdict.AlreadyThere), "version_conflict_engine_exception")]
    [InlineData(
        """{"index":{"status":400,"error":{"type":"document_parsing_exception","reason":"[1:6] failed to parse field [llm.attempt] of type [long] in document with id 'b'. Preview of field's value: 'secret'"}}}""",
        nameof(ItemVerdict.Refused), "document_parsing_exception at llm.attempt")]
    [InlineData("""{"index":{"status":400,"error":{"type":"mapper_parsing_exception","reason":"failed to parse"}}}""", nameof(ItemVerdict.Refused), "mapper_parsing_exception")]
    [InlineData("""{"index":{"status":400,"error":{"type":"strict_dynamic_mapping_exception","reason":"x"}}}""", nameof(ItemVerdict.Refused), "strict_dynamic_mapping_exception")]
    [InlineData("""{"index":{"status":400,"error":{"type":"illegal_argument_exception","reason":"Document contains at least one immense term in field=\"x\""}}}""", nameof(ItemVerdict.Refused), "illegal_argument_exception")]
    [InlineData("""{"index":{"status":400,"error":{"type":"index_closed_exception","reason":"closed"}}}""", nameof(ItemVerdict.Retry), "index_closed_exception")]
    [InlineData("""{"index":{"status":403,"error":{"type":"cluster_block_exception","reason":"index [i] blocked by: [FORBIDDEN/8/index write (api)];"}}}""", nameof(ItemVerdict.Retry), "cluster_block_exception")]
    [InlineData("""{"index":{"status":403,"error":{"type":"security_exception","reason":"action [indices:data/write/bulk] is unauthorized"}}}""", nameof(ItemVerdict.Retry), "security_exception")]
    [InlineData("""{"index":{"status":429,"error":{"type":"cluster_block_exception","reason":"index [i] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark"}}}""", nameof(ItemVerdict.Retry), "cluster_block_exception")]
    [InlineData("""{"index":{"status":429,"error":{"type":"es_rejected_execution_exception","reason":"rejected execution of coordinating operation"}}}""", nameof(ItemVerdict.Throttled), "es_rejected_execution_exception")]
    [InlineData("""{"index":{"status":429,"error":{"type":"circuit_breaking_exception","reason":"[parent] Data too large"}}}""", nameof(ItemVerdict.Throttled), "circuit_breaking_exception")]
    [InlineData("""{"index":{"status":503,"error":{"type":"unavailable_shards_exception","reason":"[i][0] primary shard is not active"}}}""", nameof(ItemVerdict.Retry), "unavailable_shards_exception")]
    [InlineData("""{"index":{"status":500,"error":{"type":"node_closed_exception","reason":"node closed"}}}""", nameof(ItemVerdict.Retry), "node_closed_exception")]
    [InlineData("""{"index":{"status":404,"error":{"type":"index_not_found_exception","reason":"no such index [composable template [llm-usage-*] forbids index auto creation]"}}}""", nameof(ItemVerdict.IndexMissing), "index_not_found_exception")]
    [InlineData("""{"index":{"status":404,"error":{"type":"shard_not_found_exception","reason":"no such shard"}}}""", nameof(ItemVerdict.Retry), "shard_not_found_exception")]
    [InlineData("""{"index":{"status":500,"error":"a text"}}""", nameof(ItemVerdict.Retry), "unnamed_error")]
    [InlineData("""{"index":{"status":400,"error":{"type":"a b\nc","reason":"x"}}}""", nameof(ItemVerdict.Refused), "unnamed_error")]
    public void Item_OfEveryKind_GetsItsVerdict(string item, string verdict, string? reason)
    {
        var reply = BulkReplyClassifier.OfBody(Encoding.UTF8.GetBytes($$"""{"took":3,"errors":true,"items":[{{item}}]}"""), 1);
        Assert.Equal(RequestVerdict.Answered, reply.Verdict);
        Assert.Equal(verdict, reply.Items[0].Verdict.ToString());
        Assert.Equal(reason, reply.Items[0].Reason);
    }

    [Fact]
    public void Items_Mixed_AreJudgedOneByOne()
    {
        var body = """{"errors":true,"items":[{"index":{"status":201}},{"index":{"status":429,"error":{"type":"es_rejected_execution_exception"}}},{"index":{"status":201}}]}"""u8;
        Assert.Equal([ItemVerdict.Stored, ItemVerdict.Throttled, ItemVerdict.Stored], BulkReplyClassifier.OfBody(body, 3).Items.Select(static item => item.Verdict));
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("{}", 1)]
    [InlineData("""{"errors":false,"items":[{"index":{"status":201}}]}""", 2)]
    [InlineData("""{"errors":false,"items":[{"index":{"status":201}},{"index":{"stat""", 2)]
    [InlineData("""{"errors":false,"items":[{"index":7}]}""", 1)]
    [InlineData("<html>gateway</html>", 1)]
    public void Answer_ThatIsNotWhole_IsRetried(string body, int items) =>
        Assert.Equal(RequestVerdict.Retry, BulkReplyClassifier.OfBody(Encoding.UTF8.GetBytes(body), items).Verdict);

    [Theory]
    [InlineData(400, """{"error":{"root_cause":[{"type":"illegal_argument_exception","reason":"Malformed action/metadata line [1]"}],"type":"illegal_argument_exception"},"status":400}""", nameof(RequestVerdict.Refused), "HTTP 400 illegal_argument_exception")]
    [InlineData(400, """{"error":{"root_cause":[{"type":"media_type_header_exception"}],"type":"media_type_header_exception"},"status":400}""", nameof(RequestVerdict.Retry), "HTTP 400 media_type_header_exception")]
    [InlineData(401, """{"error":{"root_cause":[{"type":"security_exception"}]}}""", nameof(RequestVerdict.Unauthorized), "HTTP 401 security_exception")]
    [InlineData(403, "", nameof(RequestVerdict.Unauthorized), "HTTP 403")]
    [InlineData(413, "", nameof(RequestVerdict.TooLarge), "HTTP 413")]
    [InlineData(429, """{"error":{"root_cause":[{"type":"es_rejected_execution_exception"}]},"status":429}""", nameof(RequestVerdict.Throttled), "HTTP 429 es_rejected_execution_exception")]
    [InlineData(500, "", nameof(RequestVerdict.Retry), "HTTP 500")]
    [InlineData(502, "<html>bad gateway</html>", nameof(RequestVerdict.Retry), "HTTP 502")]
    [InlineData(503, """{"error":{"root_cause":[],"type":"cluster_block_exception"},"status":503}""", nameof(RequestVerdict.Retry), "HTTP 503 cluster_block_exception")]
    [InlineData(404, "", nameof(RequestVerdict.Retry), "HTTP 404")]
    [InlineData(406, "", nameof(RequestVerdict.Retry), "HTTP 406")]
    public void Request_AnsweredAsAWhole_GetsItsVerdict(int status, string body, string verdict, string reason)
    {
        var reply = BulkReplyClassifier.OfStatus(status, Encoding.UTF8.GetBytes(body));
        Assert.Equal(verdict, reply.Verdict.ToString());
        Assert.Equal(reason, reply.Reason);
        Assert.Empty(reply.Items);
    }
}
