using System.Collections.Concurrent;
using System.Text.Json;
using Xunit;

namespace Pipeline.EndToEnd;

/// <summary>Every recorded exchange goes all the way, as an application would send it, and comes out as one document.</summary>
public sealed class RecordedTrafficTests(RealServers servers) : IClassFixture<RealServers>
{
    private static readonly TimeSpan ArrivalLimit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task RecordedExchanges_InSeveralChunkings_AreDocumentsWithTheExpectedUsage()
    {
        var folder = RecordedExchange.Folder;
        if (folder is null) Assert.Skip("the recorded exchanges are not there: set PIPELINE_DATA");
        var exchanges = RecordedExchange.LoadAll(folder);
        await using var pipeline = await RunningPipeline.StartAsync(servers.Addresses);
        pipeline.Upstream.Add(exchanges);

        var calls = exchanges.SelectMany(e => (e.Streaming, e.IsCommon) switch
        {
            (true, true) => new[] { "whole", "lines", "bytes", "random:1", "random:2" }.Select(how => new Call(e, how)),
            (true, false) => new[] { "bytes", "random:1" }.Select(how => new Call(e, how)),
            _ => [new Call(e, "whole")],
        }).ToList();
        calls.AddRange(exchanges.Where(e => e is { Api: "openai.chat", Streaming: true, Status: 200 })
            .SelectMany(e => new[] { "whole", "bytes", "random:3" }.Select(how => new Call(e, how, WithoutUsageAsked: true))));

        var wrong = new ConcurrentQueue<string>();
        var sent = new ConcurrentDictionary<string, Call>();
        await Parallel.ForEachAsync(calls, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (call, stop) =>
        {
            var (eventId, complaint) = await SendAsync(pipeline, call, stop);
            if (complaint is not null) wrong.Enqueue(complaint);
            sent[eventId] = call;
        });
        Assert.Equal(calls.Count, sent.Count);

        using var documents = new Documents(servers.Elasticsearch, pipeline.RunId);
        await Until.TrueAsync(async () => await documents.CountAsync() >= calls.Count, ArrivalLimit,
            () => $"not all documents arrived\n{pipeline.Account}");
        var found = await documents.AllAsync();
        Assert.Equal(sent.Keys.Order(), found.Keys.Order());

        foreach (var (id, call) in sent)
            foreach (var difference in ExpectedUsage.Differences(call.Exchange, found[id]))
                wrong.Enqueue($"{call}: {difference}");
        foreach (var violation in pipeline.Upstream.Violations) wrong.Enqueue(violation);
        Assert.True(wrong.IsEmpty, string.Join('\n', wrong.Distinct().Order()));

        await ForeignReader.ReadsTheSameAsync(servers.Addresses, pipeline.RunId, found);
    }

    private static async Task<(string EventId, string? Complaint)> SendAsync(RunningPipeline pipeline, Call call, CancellationToken stop)
    {
        var exchange = call.Exchange;
        using var request = new HttpRequestMessage(new HttpMethod(exchange.Method), $"{pipeline.Gateway}/{exchange.Upstream}{exchange.UrlPath}");
        var body = call.WithoutUsageAsked ? UsageChunk.RemoveRequestFrom(exchange.RequestBody) : exchange.RequestBody;
        if (exchange.Method == "POST")
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.TryAddWithoutValidation("content-type", exchange.RequestType);
        }

        request.Headers.Add("x-recorded", exchange.Id);
        request.Headers.Add("x-chunking", call.HowChunked);
        request.Headers.Add("x-llm-tenant", pipeline.RunId);
        request.Headers.Add("x-llm-team", "recorded");
        request.Headers.Add("x-llm-tags", "chunking=" + Uri.EscapeDataString(call.HowChunked));
        if (call.WithoutUsageAsked) request.Headers.Add("x-usage-when-asked", "1");

        using var answer = await SendAsync(pipeline, request, stop);
        var received = await answer.Content.ReadAsByteArrayAsync(stop);
        var wanted = call.WithoutUsageAsked ? UsageChunk.RemoveFrom(exchange.ResponseBody) : exchange.ResponseBody;
        var complaint = (int)answer.StatusCode != exchange.Status ? $"{call}: status {(int)answer.StatusCode}, wanted {exchange.Status}"
            : !received.AsSpan().SequenceEqual(wanted) ? $"{call}: {received.Length} bytes received differ from {wanted.Length} sent"
            : null;
        return (answer.Headers.GetValues("x-llmops-request-id").Single(), complaint);
    }

    private static async Task<HttpResponseMessage> SendAsync(RunningPipeline pipeline, HttpRequestMessage request, CancellationToken stop)
    {
        try
        {
            return await pipeline.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        }
        catch (HttpRequestException error)
        {
            throw new InvalidOperationException(pipeline.Output, error);
        }
    }

    private sealed record Call(RecordedExchange Exchange, string HowChunked, bool WithoutUsageAsked = false)
    {
        public override string ToString() => $"{Exchange.Id} ({HowChunked}{(WithoutUsageAsked ? ", usage not asked for" : "")})";
    }
}

/// <summary>Compares a document with an exchange's expected figures.</summary>
public static class ExpectedUsage
{
    public static IEnumerable<string> Differences(RecordedExchange exchange, JsonElement document)
    {
        if (document.Text("llm.outcome") != exchange.ExpectedOutcome)
            yield return $"outcome {document.Text("llm.outcome")}, wanted {exchange.ExpectedOutcome}";
        var source = document.Text("llm.usage_source");
        if (!exchange.IsComplete && source is not ("partial" or "none")) yield return $"usage_source {source} of an incomplete stream";
        if (!exchange.IsStrict) yield break;

        var expected = exchange.Expected;
        var hasUsage = document.At("llm.usage") is not null || document.Count("llm.usage.input_total") is not null;
        if ((hasUsage || document.At("llm.quantities.audio_seconds") is not null) != exchange.ExpectsUsage)
            yield return $"usage present: {!exchange.ExpectsUsage}, wanted {exchange.ExpectsUsage}";
        foreach (var (what, found, wanted) in Texts(document, expected))
            if (found != wanted) yield return $"{what} {found ?? "null"}, wanted {wanted ?? "null"}";
        if (!hasUsage) yield break;
        // Parts that exceed their total are clamped; the report stays in the provider's own object.
        var isInconsistent = document.Text("llm.usage_quality") == "inconsistent";
        foreach (var (what, found, wanted, isSubset) in Counts(document, expected.GetProperty("usage")))
            if (isSubset ? !isInconsistent && wanted is not null && (found ?? 0) != wanted : found != wanted) yield return $"{what} {found}, wanted {wanted}";
    }

    private static IEnumerable<(string, string?, string?)> Texts(JsonElement document, JsonElement expected)
    {
        yield return ("request model", document.Text("gen_ai.request.model"), expected.GetProperty("request_model").GetString());
        yield return ("response model", document.Text("gen_ai.response.model"), expected.GetProperty("response_model").GetString());
        yield return ("finish reasons", document.Text("gen_ai.response.finish_reasons")?.Replace(" ", "") ?? "[]",
            JsonSerializer.Serialize(expected.GetProperty("finish_reasons").EnumerateArray().Select(static reason => reason.ToString())));
    }

    private static IEnumerable<(string, long?, long?, bool)> Counts(JsonElement document, JsonElement usage)
    {
        long? Found(string name) => document.Count("llm.usage." + name);
        long? Wanted(string name) => usage.GetProperty(name) is { ValueKind: JsonValueKind.Number } n ? n.GetInt64() : null;
        // Tokens of two parts at once stand under both names in the overlaps, and in neither part.
        long? Whole(string part, string inOverlaps) => Found(part) is null ? null : Found(part) + document.At("llm.usage.overlaps")?
            .EnumerateObject().Where(o => o.Name.Contains(inOverlaps, StringComparison.Ordinal)).Sum(o => o.Value.GetInt64()) ?? Found(part);
        long? Sum(params string[] names) => names.Any(n => Found(n) is not null) ? names.Sum(n => Found(n) ?? 0) : null;

        yield return ("input", Found("input_total"), Wanted("input_tokens"), false);
        yield return ("output", Found("output_total"), Wanted("output_tokens") ?? (Found("output_total") is null ? null : 0), false);
        yield return ("total", Found("provider_total"), Wanted("total_tokens_reported"), false);
        yield return ("cached", Found("cached_reported"), Wanted("cached_input_tokens"), true);
        yield return ("cache write", Sum("cache_write", "cache_write_5m", "cache_write_1h"), Wanted("cache_write_tokens"), true);
        yield return ("reasoning", Whole("reasoning", "reasoning"), Wanted("reasoning_tokens"), true);
        yield return ("audio in", Whole("input_audio", "cache_read_audio"), Wanted("input_audio_tokens"), true);
        yield return ("audio out", Whole("output_audio", "reasoning_audio"), Wanted("output_audio_tokens"), true);
        yield return ("image out", Whole("output_image", "reasoning_image"), Wanted("output_image_tokens"), true);
    }
}
