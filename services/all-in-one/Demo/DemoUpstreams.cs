using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Pipeline.AllInOne.Demo;

/// <summary>
/// The providers `demo-openai` and `demo-anthropic`: on loopback, without keys, with real shapes and invented figures.
/// A call with header `x-demo-fault: 429` or `500` gets that error.
/// </summary>
internal sealed class DemoUpstreams : IAsyncDisposable
{
    public const string FaultHeader = "x-demo-fault";

    private const int MaxBodyBytes = 8 * 1024 * 1024;
    private const int RequestsPerMinute = 10_000;

    private readonly WebApplication _server;
    private readonly ulong _seed;
    private readonly TimeSpan _frameDelay;
    private readonly TimeProvider _time;

    private DemoUpstreams(ulong seed, TimeSpan frameDelay, TimeProvider time, ILoggerFactory loggers)
    {
        (_seed, _frameDelay, _time) = (seed, frameDelay, time);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        _server = builder.Build();
        _server.MapPost("/openai/v1/chat/completions", context => Answer(context, OpenAiReplies.Error,
            request => OpenAiReplies.Chat(request, time.GetUtcNow()), request => OpenAiReplies.ChatStream(request, time.GetUtcNow())));
        _server.MapPost("/openai/v1/embeddings", context => Answer(context, OpenAiReplies.Error, OpenAiReplies.Embeddings, null));
        _server.MapPost("/anthropic/v1/messages", context => Answer(context, AnthropicReplies.Error, AnthropicReplies.Message, AnthropicReplies.MessageStream));
        _server.MapFallback("/anthropic/{**path}", static context => Write(context, 404, AnthropicReplies.Error(404)));
        _server.MapFallback(static context => Write(context, 404, OpenAiReplies.Error(404)));
    }

    /// <summary>Base address of `demo-openai`.</summary>
    public Uri OpenAi => new(Address(), "/openai");

    /// <summary>Base address of `demo-anthropic`.</summary>
    public Uri Anthropic => new(Address(), "/anthropic");

    /// <param name="frameDelay">Pause between the frames of a stream.</param>
    public static async Task<DemoUpstreams> StartAsync(ulong seed, TimeSpan frameDelay, TimeProvider time, ILoggerFactory loggers)
    {
        var upstreams = new DemoUpstreams(seed, frameDelay, time, loggers);
        await upstreams._server.StartAsync();
        return upstreams;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Uri Address() => new(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    private async Task Answer(
        HttpContext context, Func<int, byte[]> error, Func<DemoRequest, byte[]> plain, Func<DemoRequest, IEnumerable<byte[]>>? stream)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (int.TryParse(context.Request.Headers[FaultHeader], CultureInfo.InvariantCulture, out var fault) && fault is 429 or 500)
        {
            if (fault == 429) context.Response.Headers["retry-after"] = "1";
            await Write(context, fault, error(fault));
            return;
        }

        if (DemoRequest.Read(body.ToArray(), _seed) is not { } request)
        {
            await Write(context, 400, error(400));
            return;
        }

        context.Response.Headers["x-request-id"] = request.Id("req_");
        context.Response.Headers["x-ratelimit-limit-requests"] = RequestsPerMinute.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["x-ratelimit-remaining-requests"] = (RequestsPerMinute - 1).ToString(CultureInfo.InvariantCulture);
        if (!request.IsStreaming || stream is null) await Write(context, 200, plain(request));
        else await WriteFrames(context, stream(request));
    }

    private static async Task Write(HttpContext context, int status, byte[] body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private async Task WriteFrames(HttpContext context, IEnumerable<byte[]> frames)
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        foreach (var frame in frames)
        {
            await context.Response.Body.WriteAsync(frame, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            if (_frameDelay > TimeSpan.Zero) await Task.Delay(_frameDelay, _time, context.RequestAborted);
        }
    }
}
