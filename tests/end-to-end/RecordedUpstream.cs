using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Pipeline.EndToEnd;

/// <summary>
/// An upstream that answers with recorded exchanges. The request says which (<c>x-recorded</c>) and in which pieces
/// (<c>x-chunking</c>: whole, lines, bytes, random:SEED). With <c>x-usage-when-asked</c> a chat stream has its usage chunk only
/// when the request asks for it, as OpenAI's has.
/// </summary>
public sealed class RecordedUpstream : IAsyncDisposable
{
    private static readonly HashSet<string> HopHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "content-length", "transfer-encoding", "connection", "content-encoding", "content-type", "keep-alive", "date", "server",
    };

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, RecordedExchange> _exchanges = new();

    /// <summary>What an upstream must never be sent: one line per violation.</summary>
    public ConcurrentQueue<string> Violations { get; } = new();

    public string Address { get; }

    private RecordedUpstream(WebApplication app)
    {
        _app = app;
        app.Run(AnswerAsync);
        app.StartAsync().GetAwaiter().GetResult();
        Address = app.Urls.First();
    }

    public static RecordedUpstream Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        return new RecordedUpstream(builder.Build());
    }

    public void Add(IEnumerable<RecordedExchange> exchanges)
    {
        foreach (var exchange in exchanges) _exchanges[exchange.Id] = exchange;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        foreach (var header in request.Headers.Where(h => h.Key.StartsWith("x-llm", StringComparison.OrdinalIgnoreCase)))
            Violations.Enqueue($"attribution header {header.Key} reached the upstream");

        using var received = new MemoryStream();
        await request.Body.CopyToAsync(received);
        var exchange = _exchanges[request.Headers["x-recorded"].ToString()];
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        if (target != exchange.UrlPath) Violations.Enqueue($"{exchange.Id}: target {target}, wanted {exchange.UrlPath}");

        var whenAsked = request.Headers.ContainsKey("x-usage-when-asked");
        if (!whenAsked && !received.ToArray().AsSpan().SequenceEqual(exchange.RequestBody) && !AsksForUsage(received.ToArray()))
            Violations.Enqueue($"{exchange.Id}: request body changed");
        var body = whenAsked && !AsksForUsage(received.ToArray()) ? UsageChunk.RemoveFrom(exchange.ResponseBody) : exchange.ResponseBody;

        context.Response.StatusCode = exchange.Status;
        if (exchange.ContentType is { } type) context.Response.Headers.ContentType = type;
        foreach (var (name, value) in exchange.ResponseHeaders.Where(h => !HopHeaders.Contains(h.Key)))
            context.Response.Headers[name] = new string([.. value.Where(c => c is >= ' ' and < (char)127)]);
        if (!exchange.Streaming) context.Response.ContentLength = body.Length;
        foreach (var piece in Chunking.Split(body, request.Headers["x-chunking"].ToString()))
        {
            await context.Response.Body.WriteAsync(body.AsMemory()[piece]);
            await context.Response.Body.FlushAsync();
        }
    }

    private static bool AsksForUsage(byte[] body)
    {
        try
        {
            return JsonNode.Parse(body)?["stream_options"]?["include_usage"]?.GetValue<bool>() == true;
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }
}

/// <summary>The one chunk of a chat stream that injection adds and removal takes out again.</summary>
public static class UsageChunk
{
    /// <summary>Takes every event with empty choices and non-null usage out of the stream, its blank line included.</summary>
    public static byte[] RemoveFrom(byte[] stream)
    {
        var text = Encoding.UTF8.GetString(stream);
        var lineEnd = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        var events = text.Split(lineEnd + lineEnd);
        return Encoding.UTF8.GetBytes(string.Join(lineEnd + lineEnd, events.Where(e => !IsUsage(e))));
    }

    /// <summary>The request without its stream_options, as a client sends it that does not care.</summary>
    public static byte[] RemoveRequestFrom(byte[] request)
    {
        var body = JsonNode.Parse(request)!.AsObject();
        body.Remove("stream_options");
        return Encoding.UTF8.GetBytes(body.ToJsonString());
    }

    public static bool IsUsage(string serverSentEvent)
    {
        var data = serverSentEvent.Split('\n').Select(l => l.TrimEnd('\r')).Where(l => l.StartsWith("data:", StringComparison.Ordinal)).Select(l => l[5..].Trim());
        try
        {
            return JsonNode.Parse(string.Concat(data)) is JsonObject chunk
                && chunk["choices"] is JsonArray { Count: 0 } && chunk["usage"] is JsonObject;
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }
}

public static class Chunking
{
    private const int MaxSingleByteChunks = 4_096;

    public static IEnumerable<Range> Split(byte[] body, string how)
    {
        var random = how.StartsWith("random:", StringComparison.Ordinal) ? new Random(int.Parse(how[7..])) : null;
        for (var start = 0; start < body.Length;)
        {
            var length = how switch
            {
                "bytes" => 1 + (body.Length / MaxSingleByteChunks),
                "lines" => Array.IndexOf(body, (byte)'\n', start) is >= 0 and var end ? end + 1 - start : body.Length - start,
                _ when random is not null => random.Next(1, 400),
                _ => body.Length,
            };
            var next = Math.Min(body.Length, start + length);
            yield return start..next;
            start = next;
        }
    }
}
