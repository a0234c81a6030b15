using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Pipeline.AllInOne.Demo;

/// <summary>Answers one call of any demo API, given the bodies of that API.</summary>
internal sealed class DemoAnswers(ulong seed, TimeSpan frameDelay, TimeProvider time)
{
    private const int RequestsPerMinute = 10_000;

    /// <summary>Pauses of a frame before a reply begins: a model thinks, shortly mostly.</summary>
    private const int MinThinkingFrames = 3;
    private const int MaxThinkingFrames = 24;
    private const int ThinkingDraw = 7;

    public async Task Answer(
        HttpContext context, Func<int, byte[]> error, Func<DemoRequest, byte[]> plain, Func<DemoRequest, IEnumerable<byte[]>>? stream)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (int.TryParse(context.Request.Headers[DemoUpstreams.FaultHeader], CultureInfo.InvariantCulture, out var fault) && fault is 429 or 500)
        {
            if (fault == 429) context.Response.Headers["retry-after"] = "1";
            await Write(context, fault, error(fault));
            return;
        }

        if (DemoRequest.Read(body.ToArray(), seed) is not { } request)
        {
            await Write(context, 400, error(400));
            return;
        }

        context.Response.Headers["x-request-id"] = request.Id("req_");
        context.Response.Headers["x-ratelimit-limit-requests"] = RequestsPerMinute.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["x-ratelimit-remaining-requests"] = (RequestsPerMinute - 1).ToString(CultureInfo.InvariantCulture);
        var thinking = frameDelay * (MinThinkingFrames + request.Pick(ThinkingDraw, MaxThinkingFrames - MinThinkingFrames));
        if (thinking > TimeSpan.Zero) await Task.Delay(thinking, time, context.RequestAborted);
        if (!request.IsStreaming || stream is null) await Write(context, 200, plain(request));
        else await WriteFrames(context, stream(request));
    }

    public static async Task Write(HttpContext context, int status, byte[] body)
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
            if (frameDelay > TimeSpan.Zero) await Task.Delay(frameDelay, time, context.RequestAborted);
        }
    }
}
