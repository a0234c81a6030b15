using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipeline.Schemas;

namespace Pipeline.AllInOne.Viewing;

/// <summary>
/// `/tail`: events of `llm-usage` as server-sent events, from when the client came. A client that does not keep up is told
/// so in a comment line and let go: events wait for no one.
/// </summary>
internal sealed class UsageTail(TimeProvider time)
{
    public const int MaxClients = 64;

    /// <summary>Events that wait for one client.</summary>
    public const int MaxWaiting = 1_000;

    /// <summary>A comment line after this long without an event keeps proxies from closing the connection.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<Channel<byte[]>, bool> _clients = new();

    public void Map(IEndpointRouteBuilder pages) => pages.MapGet("/tail", Serve);

    /// <summary>Hands the event to every client; never waits.</summary>
    public void Publish(LlmUsage usage)
    {
        if (_clients.IsEmpty) return;
        var json = UsageJson.Of(usage);
        foreach (var (client, _) in _clients)
            if (!client.Writer.TryWrite(json)) client.Writer.TryComplete();
    }

    private async Task Serve(HttpContext context)
    {
        var client = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
        if (_clients.Count >= MaxClients || !_clients.TryAdd(client, true))
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync($"{MaxClients} clients follow already\n");
            return;
        }

        try
        {
            context.Response.ContentType = "text/event-stream; charset=utf-8";
            context.Response.Headers.CacheControl = "no-cache";
            await Comment(context, "events of llm-usage, as they come");
            while (await Next(client.Reader, context))
            {
                while (client.Reader.TryRead(out var json))
                {
                    await context.Response.Body.WriteAsync("data: "u8.ToArray(), context.RequestAborted);
                    await context.Response.Body.WriteAsync(json, context.RequestAborted);
                    await context.Response.Body.WriteAsync("\n\n"u8.ToArray(), context.RequestAborted);
                }

                await context.Response.Body.FlushAsync(context.RequestAborted);
            }

            await Comment(context, $"dropped: more than {MaxWaiting} events waited; connect again to go on from now");
        }
        catch (OperationCanceledException)
        {
            // The client left.
        }
        finally
        {
            _clients.TryRemove(client, out _);
        }
    }

    /// <returns>False when the client was dropped for being slow and everything that waited is written.</returns>
    private async Task<bool> Next(ChannelReader<byte[]> events, HttpContext context)
    {
        var isReady = events.WaitToReadAsync(context.RequestAborted).AsTask();
        while (true)
        {
            try
            {
                return await isReady.WaitAsync(KeepAlive, time, context.RequestAborted);
            }
            catch (TimeoutException)
            {
                await Comment(context, "still here");
            }
        }
    }

    private static async Task Comment(HttpContext context, string text)
    {
        await context.Response.WriteAsync($": {text}\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
