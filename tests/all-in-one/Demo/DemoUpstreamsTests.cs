using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.AllInOne.Demo;
using Xunit;

namespace Pipeline.AllInOne.Tests.Demo;

public sealed class DemoUpstreamsTests : IAsyncLifetime
{
    private const ulong Seed = 7;

    private readonly HttpClient _http = new();
    private readonly DemoUpstreams _upstreams = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public ValueTask InitializeAsync()
    {
        _running = _upstreams.Run(Seed, TimeSpan.Zero, TimeProvider.System, NullLoggerFactory.Instance, _stop.Token);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _upstreams.Dispose();
    }

    [Fact]
    public async Task Chat_StreamedWithUsage_ReportsWhatThePlainReplyReports()
    {
        var plain = DemoUsage.Of(DemoRequest.Read(Encoding.UTF8.GetBytes(ChatBody), Seed)!);
        using var reply = JsonDocument.Parse(await Post(_upstreams.OpenAi, "/v1/chat/completions", ChatBody));

        Assert.Equal(plain.Input, reply.RootElement.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(plain.Output, reply.RootElement.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal("gpt-4.1", reply.RootElement.GetProperty("model").GetString());

        var frames = Frames(await Post(_upstreams.OpenAi, "/v1/chat/completions", Streamed(ChatBody, withUsage: true)));
        Assert.Equal("[DONE]", frames[^1]);
        using var usageChunk = JsonDocument.Parse(frames[^2]);
        Assert.Equal(0, usageChunk.RootElement.GetProperty("choices").GetArrayLength());
        Assert.True(usageChunk.RootElement.GetProperty("usage").GetProperty("total_tokens").GetInt32() > 0);
    }

    [Fact]
    public async Task Chat_StreamedWithoutAsking_HasNoUsageAnywhere()
    {
        var frames = Frames(await Post(_upstreams.OpenAi, "/v1/chat/completions", Streamed(ChatBody, withUsage: false)));

        Assert.Equal("[DONE]", frames[^1]);
        Assert.All(frames[..^1], static frame => Assert.DoesNotContain("usage", frame));
    }

    [Fact]
    public async Task Messages_Streamed_EndsWithMessageStopAndFinalCounts()
    {
        var body = """{"model":"claude-sonnet-4-5","max_tokens":10,"stream":true,"messages":[{"role":"user","content":"Hello"}]}""";
        var usage = DemoUsage.Of(DemoRequest.Read(Encoding.UTF8.GetBytes(body), Seed)!);

        var frames = Frames(await Post(_upstreams.Anthropic, "/v1/messages", body));

        Assert.Equal("""{"type":"message_stop"}""", frames[^1]);
        using var delta = JsonDocument.Parse(frames[^2]);
        var counts = delta.RootElement.GetProperty("usage");
        Assert.Equal(usage.Output, counts.GetProperty("output_tokens").GetInt32());
        Assert.Equal(usage.Input, counts.GetProperty("input_tokens").GetInt32()
            + counts.GetProperty("cache_read_input_tokens").GetInt32() + counts.GetProperty("cache_creation_input_tokens").GetInt32());
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    public async Task AnyCall_WithFaultHeader_GetsThatError(int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _upstreams.Anthropic + "/v1/messages") { Content = new StringContent("{}") };
        request.Headers.Add(DemoUpstreams.FaultHeader, status.ToString());

        using var reply = await _http.SendAsync(request);

        Assert.Equal((HttpStatusCode)status, reply.StatusCode);
        Assert.Contains("\"type\":\"error\"", await reply.Content.ReadAsStringAsync());
    }

    [Fact]
    public void Usage_AnyRequest_IsWithinItsParts()
    {
        for (var i = 0; i < 2_000; i++)
        {
            var usage = DemoUsage.Of(DemoRequest.Read(Encoding.UTF8.GetBytes($$"""{"model":"m","n":{{i}}}"""), Seed)!);
            Assert.True(usage is { Input: > 0, Output: > 0, CacheRead: >= 0, CacheWrite: >= 0 });
            Assert.True(usage.CacheRead + usage.CacheWrite <= usage.Input && usage.Reasoning <= usage.Output);
        }
    }

    [Fact]
    public void Calls_OfOneSeed_AreTheSameAndTouchEveryTeamAndUpstream()
    {
        var calls = Enumerable.Range(1, 1_000).Select(static number => DemoCall.Of(number, 1)).ToList();

        Assert.Equal(calls, Enumerable.Range(1, 1_000).Select(static number => DemoCall.Of(number, 1)));
        Assert.Equal(3, calls.Select(static call => call.Team).Distinct().Count());
        Assert.Equal(7, calls.Select(static call => call.Model).Distinct().Count());
        Assert.Equal([null, 429, 500], calls.Select(static call => call.Fault).Distinct().Order());
    }

    private const string ChatBody = """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}]}""";

    private static string Streamed(string body, bool withUsage) =>
        body[..^1] + ",\"stream\":true" + (withUsage ? ",\"stream_options\":{\"include_usage\":true}" : "") + "}";

    private static List<string> Frames(string stream) =>
        [.. stream.Split('\n').Where(static line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(static line => line[6..])];

    private async Task<string> Post(Uri upstream, string path, string body)
    {
        using var reply = await _http.PostAsync(upstream + path, new StringContent(body, Encoding.UTF8, "application/json"));
        return await reply.Content.ReadAsStringAsync();
    }
}
