using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Pipeline.Runtime.Hosting;

/// <summary>Where health, metrics and a service's own pages are served.</summary>
[Section("Admin")]
public sealed class AdminOptions
{
    [Option("Address and port of /healthz, /readyz and /metrics.")]
    public IPEndPoint Address { get; init; } = new(IPAddress.Loopback, 8090);
}

/// <summary>How the service stops.</summary>
[Section("Shutdown")]
public sealed class ShutdownOptions
{
    [Option("Longest wait for open work after SIGTERM or SIGINT; past it the exit code is 1.")]
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(25);
}

public enum LogFormat { Line, Json }

public enum LogVerbosity { Trace, Debug, Information, Warning, Error, Critical, None }

/// <summary>Logs, and traces and metrics to an OTLP endpoint.</summary>
[Section("Telemetry")]
public sealed class TelemetryOptions
{
    [Option("OTLP endpoint (gRPC) for traces and metrics; nothing is sent without one.")]
    public Uri? OtlpEndpoint { get; init; }

    [Option("How often metrics are sent to the OTLP endpoint.")]
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan OtlpInterval { get; init; } = TimeSpan.FromSeconds(60);

    [Option("Shape of log lines on standard error.")]
    public LogFormat LogFormat { get; init; } = LogFormat.Line;

    [Option("Least severe log lines to write.")]
    public LogVerbosity LogLevel { get; init; } = LogVerbosity.Information;
}
