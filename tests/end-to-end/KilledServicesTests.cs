using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Pipeline.EndToEnd;

/// <summary>kill -9 in mid-traffic: what the client saw complete is there once, and the sums agree to the last digit.</summary>
public sealed class KilledServicesTests(RealServers servers) : IClassFixture<RealServers>
{
    private const int CallCount = 2_000;
    private const int Callers = 16;
    private static readonly TimeSpan ArrivalLimit = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task GatewayAndEnricherKilled_During2000Calls_LoseNothingAndDoubleNothing()
    {
        await using var pipeline = await RunningPipeline.StartAsync(servers);
        pipeline.Upstream.Add([SmallReplies.Plain, SmallReplies.Streamed]);

        var complete = new ConcurrentDictionary<string, byte>();
        var answered = new ConcurrentDictionary<string, byte>();
        var started = 0;
        var callers = Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref started) is var number && number <= CallCount)
                while (!await TryCallAsync(pipeline, number, answered, complete))
                    await Task.Delay(50);
        })).ToArray();

        await Until.TrueAsync(() => Task.FromResult(complete.Count >= CallCount / 4), ArrivalLimit, () => "calls do not get through\n" + pipeline.Output);
        pipeline.GatewayProcess.Kill();
        await pipeline.GatewayProcess.StartAsync();
        await Until.TrueAsync(() => Task.FromResult(complete.Count >= CallCount / 2), ArrivalLimit, () => "calls do not get through after the gateway's death\n" + pipeline.Output);
        pipeline.EnricherProcess.Kill();
        await pipeline.EnricherProcess.StartAsync();
        await Task.WhenAll(callers);
        Assert.Equal(CallCount, complete.Count);

        var topics = new TopicContents(servers.Kafka, pipeline.RunId);
        using var documents = new Documents(servers.Elasticsearch, pipeline.RunId);
        await Until.TrueAsync(async () => await documents.CountAsync() is var count && count >= CallCount && count == topics.Raw().Count,
            ArrivalLimit, () => $"raw {topics.Raw().Count} events, {documents.CountAsync().Result} documents\n{pipeline.Output}");

        var raw = topics.Raw();
        var ids = raw.Select(e => e.EventId.ToString()).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        var found = await documents.AllAsync();
        Assert.Equal(ids.Order(), found.Keys.Order());
        Assert.Empty(complete.Keys.Except(ids));

        // Beyond the calls seen complete there may only be attempts that the gateway's death broke off.
        var broken = ids.Except(complete.Keys).ToList();
        Assert.True(broken.Count <= Callers, $"{broken.Count} events beyond the complete calls, at most {Callers} were in flight");

        var aggregates = topics.Aggregates();
        Assert.Equal(ids.Count, aggregates.Sum(a => a.Calls));
        Assert.Equal(found.Values.Sum(d => d.Money("llm.cost.list_total_decimal") ?? 0m), aggregates.Sum(a => a.ListTotal));
        Assert.True(aggregates.Sum(a => a.ListTotal) > 0);
    }

    private static async Task<bool> TryCallAsync(
        RunningPipeline pipeline, int number, ConcurrentDictionary<string, byte> answered, ConcurrentDictionary<string, byte> complete)
    {
        var exchange = number % 2 == 0 ? SmallReplies.Plain : SmallReplies.Streamed;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{pipeline.Gateway}/openai{exchange.UrlPath}");
            request.Content = new ByteArrayContent(exchange.RequestBody);
            request.Content.Headers.TryAddWithoutValidation("content-type", "application/json");
            request.Headers.Add("x-recorded", exchange.Id);
            request.Headers.Add("x-chunking", "lines");
            request.Headers.Add("x-llm-tenant", pipeline.RunId);
            request.Headers.Add("x-llm-team", "team-" + (number % 3));
            using var answer = await pipeline.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            var id = answer.Headers.GetValues("x-llmops-request-id").Single();
            answered[id] = 0;
            var body = await answer.Content.ReadAsByteArrayAsync();
            if (!body.AsSpan().SequenceEqual(exchange.ResponseBody)) return false;
            complete[id] = 0;
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return false;
        }
    }
}

/// <summary>Two hand-written replies whose costs have many digits.</summary>
public static class SmallReplies
{
    private const string Usage = """{"prompt_tokens":1237,"completion_tokens":311,"total_tokens":1548,"prompt_tokens_details":{"cached_tokens":1024},"completion_tokens_details":{"reasoning_tokens":64}}""";
    private static readonly JsonElement NoExpectation = JsonDocument.Parse("{}").RootElement;

    public static RecordedExchange Plain { get; } = Exchange("plain", streaming: false, "application/json",
        $$"""{"id":"chatcmpl-1","object":"chat.completion","model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"four"},"finish_reason":"stop"}],"usage":{{Usage}},"service_tier":"default"}""");

    public static RecordedExchange Streamed { get; } = Exchange("streamed", streaming: true, "text/event-stream",
        """data: {"id":"chatcmpl-2","object":"chat.completion.chunk","model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"content":"fo"},"finish_reason":null}],"usage":null}""" + "\n\n" +
        """data: {"id":"chatcmpl-2","object":"chat.completion.chunk","model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"content":"ur"},"finish_reason":"stop"}],"usage":null}""" + "\n\n" +
        $$"""data: {"id":"chatcmpl-2","object":"chat.completion.chunk","model":"gpt-4o-2024-08-06","choices":[],"usage":{{Usage}}}""" + "\n\ndata: [DONE]\n\n");

    private static RecordedExchange Exchange(string id, bool streaming, string contentType, string body) => new(
        id, "openai.chat", streaming, IsStrict: true, "/v1/chat/completions",
        Encoding.UTF8.GetBytes($$"""{"model":"{{(streaming ? "gpt-4o" : "gpt-4o-mini")}}","stream":{{(streaming ? "true" : "false")}}{{(streaming ? ",\"stream_options\":{\"include_usage\":true}" : "")}},"messages":[{"role":"user","content":"two and two?"}]}"""),
        200, contentType, new Dictionary<string, string>(), Encoding.UTF8.GetBytes(body), NoExpectation);
}
