using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.EsSink.Indexing;
using Xunit;

namespace Pipeline.EsSink.Tests.Indexing;

public sealed class ElasticsearchHttpTests : IDisposable
{
    private readonly string _keyFile = Path.GetTempFileName();

    public void Dispose() => File.Delete(_keyFile);

    [Fact]
    public void Bulk_OnTheWire_IsNdJsonWithItsLengthAndOurKey()
    {
        File.WriteAllText(_keyFile, "c2VjcmV0\n");
        using var cluster = new FakeCluster(static _ => Answer(200, """{"errors":false,"items":[{"index":{"status":201}}]}"""));
        using var target = Target(cluster, "http://es.test/base");
        Assert.Equal(RequestVerdict.Answered, target.Write(Request(), CancellationToken.None).Verdict);
        var request = Assert.Single(cluster.Requests);
        Assert.StartsWith("POST http://es.test/base/_bulk?filter_path=", request);
        Assert.Contains("ApiKey c2VjcmV0", request);
        Assert.Contains("application/x-ndjson", request);
        Assert.EndsWith("{\"index\":{}}\n{}\n", request);
    }

    [Fact]
    public void Key_ReplacedAfterA401_IsUsedFromTheNextCallOn()
    {
        File.WriteAllText(_keyFile, "old");
        using var cluster = new FakeCluster(static _ => Answer(401, ""));
        using var target = Target(cluster);
        File.WriteAllText(_keyFile, "new");
        Assert.Equal(RequestVerdict.Unauthorized, target.Write(Request(), CancellationToken.None).Verdict);
        target.Write(Request(), CancellationToken.None);
        Assert.Contains("ApiKey old", cluster.Requests[0]);
        Assert.Contains("ApiKey new", cluster.Requests[1]);
    }

    [Theory]
    [InlineData(400, RequestVerdict.Retry)]
    [InlineData(404, RequestVerdict.Retry)]
    [InlineData(502, RequestVerdict.Retry)]
    [InlineData(413, RequestVerdict.TooLarge)]
    public void Answer_OfSomethingInBetween_NeverRefusesADocument(int status, RequestVerdict verdict)
    {
        using var cluster = new FakeCluster(_ => Answer(status, "<html></html>", isElasticsearch: false));
        using var target = Target(cluster);
        Assert.Equal(verdict, target.Write(Request(), CancellationToken.None).Verdict);
    }

    [Fact]
    public void Answer_ThatBreaksOff_IsRetried()
    {
        using var cluster = new FakeCluster(static _ => throw new HttpRequestException(HttpRequestError.ResponseEnded));
        using var target = Target(cluster);
        var reply = target.Write(Request(), CancellationToken.None);
        Assert.Equal(RequestVerdict.Retry, reply.Verdict);
        Assert.Contains("ResponseEnded", reply.Reason);
    }

    [Fact]
    public async Task Answer_ThatStopsInItsBody_IsRetriedAfterTheTimeout()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = listener.AcceptTcpClientAsync();
        using var target = new ElasticsearchTarget(new ElasticsearchOptions { Url = new Uri($"http://{listener.LocalEndpoint}"), Timeout = TimeSpan.FromMilliseconds(500) }, 10, NullLogger.Instance);
        var writing = Task.Run(() => target.Write(Request(), CancellationToken.None));
        using var connection = await serving;
        await connection.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nX-Elastic-Product: Elasticsearch\r\nContent-Length: 100\r\n\r\n{"u8.ToArray());
        var reply = await writing.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(RequestVerdict.Retry, reply.Verdict);
        Assert.Contains("no whole answer", reply.Reason);
    }

    [Theory]
    [InlineData("""{"version":{"number":"7.17.0"}}""", true, "8 or newer is needed")]
    [InlineData("""{"version":{"number":"8.1.0"}}""", false, "not Elasticsearch")]
    public void Provisioning_OfAnotherServer_SaysWhatItIs(string root, bool isElasticsearch, string trouble)
    {
        using var cluster = new FakeCluster(_ => Answer(200, root, isElasticsearch));
        using var target = Target(cluster);
        Assert.False(target.Provision(CancellationToken.None));
        Assert.Contains(trouble, target.Check().Message);
        Assert.Single(cluster.Requests);
    }

    private static BulkRequest Request() => new([new BulkItem("i", SampleEvents.Event(1), "{\"index\":{}}\n{}\n"u8.ToArray())]);

    private static HttpResponseMessage Answer(int status, string body, bool isElasticsearch = true)
    {
        var answer = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body) };
        if (isElasticsearch) answer.Headers.Add("X-Elastic-Product", "Elasticsearch");
        return answer;
    }

    private ElasticsearchTarget Target(FakeCluster cluster, string url = "http://es.test") =>
        new(new ElasticsearchOptions { Url = new Uri(url), ApiKeyFile = _keyFile }, 10, NullLogger.Instance, cluster);

    private sealed class FakeCluster(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        public List<string> Requests { get; } = [];

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var body = new MemoryStream();
            request.Content?.CopyTo(body, null, cancellationToken);
            Requests.Add($"{request.Method} {request.RequestUri} {request.Headers.Authorization} {request.Content?.Headers.ContentType} " +
                System.Text.Encoding.UTF8.GetString(body.ToArray()));
            return answer(request);
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new NotSupportedException("the sink's calls block their thread");
    }
}
