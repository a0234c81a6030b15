using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Pipeline.BudgetWatcher.Tests.Alerting;

/// <summary>What a receiver got in one request.</summary>
internal sealed record Received(string Path, string Id, long Timestamp, string Signature, string ContentType, string UserAgent, byte[] Body, DateTimeOffset At);

/// <summary>A real HTTP server on a free port that takes alerts and answers as the test says.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentQueue<Received> _received = new();
    private int _atOnce;
    private int _count;

    private Receiver(WebApplication server) => _server = server;

    public Uri Url { get; private set; } = null!;

    public IReadOnlyList<Received> Requests => [.. _received];

    public int MostAtOnce { get; private set; }

    /// <param name="answer">Of the n-th request, from 1; null = 204 to all.</param>
    public static async Task<Receiver> Start(Func<HttpContext, int, Task>? answer = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        var receiver = new Receiver(builder.Build());
        receiver._server.Run(context => receiver.Take(context, answer ?? (static (context, _) => Status(context, 204))));
        await receiver._server.StartAsync();
        var address = receiver._server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        receiver.Url = new Uri(new Uri(address), "/alerts?token=hunter2");
        return receiver;
    }

    public static Task Status(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        using (var atOnce = new CancellationTokenSource(TimeSpan.Zero))
        {
            try
            {
                await _server.StopAsync(atOnce.Token);
            }
            catch (OperationCanceledException)
            {
            }
        }

        await _server.DisposeAsync();
    }

    private async Task Take(HttpContext context, Func<HttpContext, int, Task> answer)
    {
        lock (_received) MostAtOnce = Math.Max(MostAtOnce, ++_atOnce);
        try
        {
            var headers = context.Request.Headers;
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var number = Interlocked.Increment(ref _count);
            _received.Enqueue(new Received(
                context.Request.Path, headers["webhook-id"].ToString(), long.Parse(headers["webhook-timestamp"].ToString(), CultureInfo.InvariantCulture),
                headers["webhook-signature"].ToString(), context.Request.ContentType ?? "", headers.UserAgent.ToString(), body.ToArray(), DateTimeOffset.UtcNow));
            await answer(context, number);
        }
        finally
        {
            lock (_received) _atOnce--;
        }
    }
}
