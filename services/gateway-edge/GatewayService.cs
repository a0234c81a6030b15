using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using Pipeline.GatewayEdge.Attribution;
using Pipeline.GatewayEdge.Forwarding;
using Pipeline.GatewayEdge.Metering;
using Pipeline.GatewayEdge.Spooling;
using Pipeline.Runtime.Telemetry;

namespace Pipeline.GatewayEdge;

/// <summary>The gateway put together: the same for the process of its own and for all-in-one.</summary>
public sealed class GatewayService : IDisposable
{
    private readonly FrozenDictionary<string, Upstream> _upstreams;
    private readonly Deadlines _deadlines;
    private readonly GatewayServer _server;
    private readonly GatewayOptions _options;
    private readonly TimeProvider _time;

    /// <param name="keyHashSecret">From <see cref="KeyHashSecret"/>.</param>
    internal GatewayService(
        GatewayOptions options, Spool spool, byte[] keyHashSecret, ILoggerFactory loggers, TimeProvider time, IEventIds ids)
    {
        _options = options;
        _time = time;
        var metrics = new ForwardingMetrics();
        var drains = new DrainSlots(options.MaxConcurrentDrains);
        _upstreams = Upstream.All(options);
        _deadlines = new Deadlines(time, drains);
        var closing = new AttemptClosing(time, metrics);
        var relay = new ReplyRelay(closing, new ReplyMeterPool(), time, metrics, options.RequestIdHeader);
        var allowedTags = options.AllowedTags.Count == 0 ? null : options.AllowedTags.ToFrozenSet(StringComparer.Ordinal);
        var attribution = new CallerAttribution(new CallerKey(keyHashSecret), allowedTags, metrics.AttributionDropped);
        var forwarder = new Forwarder(
            _upstreams, options, attribution, new InjectionRefusals(time), relay, closing, ids, time, metrics);
        _server = new GatewayServer(
            options,
            forwarder,
            () => new Exchange(new AttemptWatch(_deadlines), new AttemptRecord(spool, options.Spool.WhenFull, metrics)),
            loggers);
        PipelineMeter.Gauge("pipeline_gateway_calls_in_flight", "Calls between admission and their end.", () => forwarder.InFlight);
        PipelineMeter.Gauge("pipeline_gateway_drains_in_flight", "Replies read on after their callers have left.", () => drains.InUse);
    }

    /// <summary>Where callers reach it, once it runs.</summary>
    public string? Address => _server.Address;

    /// <summary>Makes the process's sockets fit for forwarding; before its first socket.</summary>
    public static void TuneSockets() => SocketTuning.Apply();

    public Task StartAsync() => _server.StartAsync(CancellationToken.None);

    /// <summary>Takes no new calls, lets those in flight end within StopTimeout, then ends the rest; each has its event when this returns.</summary>
    public async Task StopAsync()
    {
        using var bound = new CancellationTokenSource(_options.StopTimeout, _time);
        await using var ending = bound.Token.UnsafeRegister(static deadlines => ((Deadlines)deadlines!).Stop(), _deadlines);
        await _server.StopAsync(bound.Token);
    }

    /// <summary>Serves until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        await StartAsync();
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (stop.UnsafeRegister(static told => ((TaskCompletionSource)told!).SetResult(), stopping)) await stopping.Task;
        await StopAsync();
    }

    public void Dispose()
    {
        _server.Dispose();
        _deadlines.Dispose();
        foreach (var upstream in _upstreams.Values) upstream.Dispose();
    }
}
