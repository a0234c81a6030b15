using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Pipeline.EndToEnd.Privacy;

/// <summary>An OTLP endpoint (gRPC without TLS) that takes everything and keeps its bytes.</summary>
public sealed class TelemetryReceiver : IAsyncDisposable
{
    private const int FrameHeadBytes = 5;

    private readonly WebApplication _app;

    private TelemetryReceiver(WebApplication app)
    {
        _app = app;
        app.Run(TakeAsync);
        app.StartAsync().GetAwaiter().GetResult();
        Address = app.Urls.First();
    }

    public string Address { get; }

    /// <summary>Path of the call and its body.</summary>
    public ConcurrentQueue<(string Path, byte[] Body)> Received { get; } = new();

    public static TelemetryReceiver Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, static endpoint => endpoint.Protocols = HttpProtocols.Http2));
        return new TelemetryReceiver(builder.Build());
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Received.Enqueue((context.Request.Path, body.ToArray()));
        context.Response.ContentType = "application/grpc";
        context.Response.AppendTrailer("grpc-status", "0");
        await context.Response.Body.WriteAsync(new byte[FrameHeadBytes]);
    }
}
