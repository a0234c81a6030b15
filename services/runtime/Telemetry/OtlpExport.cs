using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Pipeline.Runtime.Hosting;

namespace Pipeline.Runtime.Telemetry;

/// <summary>Sends the pipeline's metrics and traces to an OTLP endpoint, when one is configured.</summary>
internal sealed class OtlpExport : IDisposable
{
    private const int FlushTimeoutMs = 2000;

    private readonly MeterProvider _metrics;
    private readonly TracerProvider _traces;

    private OtlpExport(string service, TelemetryOptions options)
    {
        var resource = ResourceBuilder.CreateDefault().AddService(service);
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(PipelineMeter.Name)
            .AddOtlpExporter((exporter, reader) =>
            {
                exporter.Endpoint = options.OtlpEndpoint!;
                exporter.Protocol = OtlpExportProtocol.Grpc;
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.OtlpInterval.TotalMilliseconds;
            })
            .Build();
        _traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(PipelineMeter.Name)
            .AddOtlpExporter(exporter =>
            {
                exporter.Endpoint = options.OtlpEndpoint!;
                exporter.Protocol = OtlpExportProtocol.Grpc;
            })
            .Build();
    }

    /// <returns>Null without an endpoint: then nothing of the SDK runs.</returns>
    public static OtlpExport? Start(string service, TelemetryOptions options) =>
        options.OtlpEndpoint is null ? null : new OtlpExport(service, options);

    public void Dispose()
    {
        // Bounded, because a drain must not hang on an endpoint that is away.
        _metrics.Shutdown(FlushTimeoutMs);
        _traces.Shutdown(FlushTimeoutMs);
        _metrics.Dispose();
        _traces.Dispose();
    }
}
