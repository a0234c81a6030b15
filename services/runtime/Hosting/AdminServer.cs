using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Telemetry;

namespace Pipeline.Runtime.Hosting;

/// <summary>
/// The admin endpoint: `/healthz` (the process lives and no loop is dead), `/readyz` (every check), `/metrics`, and a service's own pages.
/// Apart from any data endpoint, so that a gateway full of calls still answers its probes.
/// </summary>
internal sealed class AdminServer : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly MetricStore _metrics = MetricStore.Listen();

    public AdminServer(ServiceHost service, Drain drain, IEnumerable<Action<IEndpointRouteBuilder>> pages)
    {
        // The empty builder reads no configuration of its own: ASPNETCORE_URLS and the like must not move this endpoint.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = service.Name });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(service.AdminAddress);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(service.Loggers); // an instance given from outside is not disposed by the container
        builder.Services.AddSingleton<IHostLifetime, ProcessLifetime>();
        _server = builder.Build();

        _server.MapGet("/healthz", context => WriteHealth(context, drain));
        _server.MapGet("/readyz", context => WriteReadiness(context, service.Health));
        _server.MapGet("/metrics", WriteMetrics);
        foreach (var map in pages) map(_server);
    }

    public Task StartAsync() => _server.StartAsync();

    public async ValueTask DisposeAsync()
    {
        using (var atOnce = new CancellationTokenSource())
        {
            // Open event streams have no end of their own: at this point everything is drained and nothing is worth waiting for.
            await atOnce.CancelAsync();
            try
            {
                await _server.StopAsync(atOnce.Token);
            }
            catch (OperationCanceledException)
            {
            }
        }

        await _server.DisposeAsync();
        _metrics.Dispose();
    }

    private static Task WriteHealth(HttpContext context, Drain drain)
    {
        context.Response.StatusCode = drain.Dead is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(drain.Dead is { } dead ? $"loop {dead} is dead\n" : "ok\n");
    }

    private static async Task WriteReadiness(HttpContext context, Health health)
    {
        var body = new ArrayBufferWriter<byte>();
        context.Response.StatusCode = health.WriteJson(body) ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(body.WrittenMemory);
    }

    private async Task WriteMetrics(HttpContext context)
    {
        context.Response.ContentType = PrometheusText.ContentType;
        _metrics.Write(context.Response.BodyWriter);
        await context.Response.BodyWriter.FlushAsync();
    }
}
