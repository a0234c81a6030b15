using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Telemetry;
using Pipeline.Runtime.Tests.Hosting;
using Xunit;

namespace Pipeline.Runtime.Tests.Telemetry;

public sealed class OtlpExportTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public void NoEndpoint_NothingIsStarted() => Assert.Null(OtlpExport.Start("sample", new TelemetryOptions()));

    [Fact]
    public async Task Endpoint_Configured_ReceivesMetricsOfThePipeline()
    {
        var received = Channel.CreateUnbounded<(string Path, byte[] Body)>();
        var port = TestService.FreePort();
        await using var collector = Collector(port, received.Writer);
        await collector.StartAsync();
        var counter = PipelineMeter.Counter("pipeline_test_sent_total", "Sent.");

        using (OtlpExport.Start("sample", new TelemetryOptions { OtlpEndpoint = new Uri($"http://127.0.0.1:{port}") }))
            counter.Add(1);

        using var patience = new CancellationTokenSource(Patience);
        var (path, body) = await received.Reader.ReadAsync(patience.Token);
        Assert.Equal("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", path);
        Assert.Contains("pipeline_test_sent_total", System.Text.Encoding.Latin1.GetString(body));
    }

    private static WebApplication Collector(int port, ChannelWriter<(string, byte[])> received)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, static listen => listen.Protocols = HttpProtocols.Http2));
        var collector = builder.Build();
        collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            received.TryWrite((context.Request.Path, body.ToArray()));
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(new byte[5]);
            context.Response.AppendTrailer("grpc-status", "0");
        });
        return collector;
    }
}
