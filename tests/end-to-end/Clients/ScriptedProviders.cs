using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pipeline.EndToEnd.Clients;

/// <summary>
/// OpenAI and Anthropic in one small server. The request's `x-scenario` names what happens (`openai-429-then-ok`), its `x-run` who
/// asks, so that a direct and a forwarded run see the same.
/// </summary>
public sealed class ScriptedProviders : IAsyncDisposable
{
    private static readonly TimeSpan PauseBeforeReset = TimeSpan.FromMilliseconds(300);

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, int> _tries = new();
    private readonly TaskCompletionSource _finishHeld = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ScriptedProviders(WebApplication app)
    {
        _app = app;
        app.Run(AnswerAsync);
        app.StartAsync().GetAwaiter().GetResult();
        Address = app.Urls.First();
    }

    public string Address { get; }

    /// <summary>`scenario/run` of every call whose connection was closed on the provider before its reply had ended.</summary>
    public ConcurrentDictionary<string, byte> Closed { get; } = new();

    /// <summary>Attribution headers that a forwarded call must not carry.</summary>
    public ConcurrentQueue<string> Violations { get; } = new();

    public static ScriptedProviders Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        return new ScriptedProviders(builder.Build());
    }

    /// <summary>Lets the streams end that are held after their second event.</summary>
    public void FinishHeld() => _finishHeld.TrySetResult();

    public int Tries(string scenario, string run) => _tries.GetValueOrDefault($"{scenario}/{run}");

    public async ValueTask DisposeAsync()
    {
        FinishHeld();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (scenario, run) = (context.Request.Headers["x-scenario"].ToString(), context.Request.Headers["x-run"].ToString());
        if (run == "gateway" && context.Request.Headers.Keys.FirstOrDefault(static name => name.StartsWith("x-llm", StringComparison.OrdinalIgnoreCase)) is { } leaked)
            Violations.Enqueue($"{scenario}: {leaked}");
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var tries = _tries.AddOrUpdate($"{scenario}/{run}", 1, static (_, count) => count + 1);
        try
        {
            context.Response.Headers[scenario.StartsWith("openai", StringComparison.Ordinal) ? "x-request-id" : "request-id"] = "req_" + scenario;
            await AnswerAsync(context, scenario, Encoding.UTF8.GetString(body.ToArray()), tries);
        }
        catch (OperationCanceledException)
        {
            Closed[$"{scenario}/{run}"] = 0;
        }
    }

    private async Task AnswerAsync(HttpContext context, string scenario, string request, int tries)
    {
        var isOpenAI = scenario.StartsWith("openai", StringComparison.Ordinal);
        if (scenario.Split('-') is [_, { Length: 3 } number, ..] && int.TryParse(number, out var status) && !(scenario.EndsWith("then-ok", StringComparison.Ordinal) && tries == 3))
        {
            context.Response.StatusCode = status;
            context.Response.Headers["x-ratelimit-limit-requests"] = "100";
            if (status == 429) context.Response.Headers["retry-after-ms"] = "20";
            await JsonAsync(context, isOpenAI ? ProviderReplies.OpenAIError(status) : ProviderReplies.AnthropicError(status));
        }
        else if (scenario.Contains("-timeout", StringComparison.Ordinal)) await Task.Delay(Timeout.Infinite, context.RequestAborted);
        else if (scenario.Contains("gzip", StringComparison.Ordinal)) await GzipAsync(context, ProviderReplies.Chat);
        else if (request.Contains("\"stream\":true", StringComparison.Ordinal)) await StreamAsync(context, scenario, request);
        else await JsonAsync(context, Reply(context.Request.Path.Value!));
    }

    private static string Reply(string path) => path switch
    {
        "/v1/chat/completions" => ProviderReplies.Chat,
        "/v1/responses" => ProviderReplies.Response,
        "/v1/embeddings" => ProviderReplies.Embeddings,
        "/v1/models" => ProviderReplies.Models,
        "/v1/audio/transcriptions" => ProviderReplies.Transcription,
        "/v1/messages" => ProviderReplies.Message,
        "/v1/messages/count_tokens" => ProviderReplies.TokenCount,
        _ => "{}",
    };

    private async Task StreamAsync(HttpContext context, string scenario, string request)
    {
        var isOpenAI = scenario.StartsWith("openai", StringComparison.Ordinal);
        string[] events = context.Request.Path.Value == "/v1/responses" ? ProviderReplies.ResponseEvents
            : !isOpenAI ? ProviderReplies.MessageEvents
            : request.Contains("\"include_usage\":true", StringComparison.Ordinal) ? [.. ProviderReplies.ChatEvents, ProviderReplies.ChatUsageEvent, ProviderReplies.Done]
            : [.. ProviderReplies.ChatEvents, ProviderReplies.Done];
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        for (var i = 0; i < events.Length; i++)
        {
            if (i == 2 && scenario.EndsWith("-cut", StringComparison.Ordinal))
            {
                // A reset overtakes what its receiver has not read yet.
                await Task.Delay(PauseBeforeReset, context.RequestAborted);
                context.Abort();
                return;
            }

            if (i == 2 && scenario.Contains("-abort", StringComparison.Ordinal)) await _finishHeld.Task.WaitAsync(context.RequestAborted);
            var isError = i == 2 && scenario.EndsWith("-error", StringComparison.Ordinal);
            var text = isError ? isOpenAI ? ProviderReplies.ChatError : ProviderReplies.MessageError : events[i];
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            if (isError) return;
        }
    }

    private static async Task JsonAsync(HttpContext context, string body)
    {
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body), context.RequestAborted);
    }

    private static async Task GzipAsync(HttpContext context, string body)
    {
        if (!context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.Ordinal)) context.Response.StatusCode = 406;
        context.Response.ContentType = "application/json";
        context.Response.Headers.ContentEncoding = "gzip";
        await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
        await gzip.WriteAsync(Encoding.UTF8.GetBytes(body), context.RequestAborted);
    }
}
