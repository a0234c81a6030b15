using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Pipeline.GatewayEdge.Attribution;
using Pipeline.GatewayEdge.Content;
using Pipeline.GatewayEdge.Forwarding;
using Pipeline.GatewayEdge.Metering;
using Pipeline.GatewayEdge.Spooling;
using Pipeline.GatewayEdge.Telemetry;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Segments;
using Pipeline.Runtime.Telemetry;

namespace Pipeline.GatewayEdge;

/// <summary>The gateway put together: the same for the process of its own and for all-in-one.</summary>
public sealed class GatewayService : IDisposable
{
    /// <summary>Calls that were told to end need no longer than this for their events.</summary>
    private static readonly TimeSpan EndBound = TimeSpan.FromSeconds(2);

    private static readonly ObservableGauge<double> CallsGauge = PipelineMeter.Gauge(
        "pipeline_gateway_calls_in_flight", "Calls between admission and their end.", static () => _running?.CallsInFlight ?? 0);

    private static readonly ObservableGauge<double> DrainsGauge = PipelineMeter.Gauge(
        "pipeline_gateway_drains_in_flight", "Replies read on after their callers have left.", static () => _running?.DrainsInFlight ?? 0);

    /// <summary>The one that this process runs; gauges are the process's.</summary>
    private static volatile GatewayService? _running;

    private readonly FrozenDictionary<string, Upstream> _upstreams;
    private readonly Deadlines _deadlines;
    private readonly GatewayServer _server;
    private readonly Forwarder _forwarder;
    private readonly IdentityStage _identity;
    private readonly AccessLog _accessLog;
    private readonly ContentStage _captures;
    private readonly DrainSlots _drains;
    private readonly GatewayOptions _options;
    private readonly Spool _spool;
    private readonly TimeProvider _time;
    private volatile bool _isListening;

    /// <param name="spool">Open; disposed with the gateway.</param>
    /// <param name="keyHashSecret">From <see cref="ReadKeyHashSecret"/>.</param>
    public GatewayService(
        GatewayOptions options, Spool spool, byte[] keyHashSecret, ILoggerFactory loggers, TimeProvider time, IEventIds ids)
    {
        _options = options;
        _spool = spool;
        _time = time;
        var metrics = new ForwardingMetrics();
        var drains = new DrainSlots(options.MaxConcurrentDrains);
        _upstreams = Upstream.All(options);
        _deadlines = new Deadlines(time, drains);
        var closing = new AttemptClosing(time, metrics);
        var relay = new ReplyRelay(closing, new ReplyMeterPool(), time, metrics, options.RequestIdHeader);
        var allowedTags = options.AllowedTags.Count == 0 ? null : options.AllowedTags.ToFrozenSet(StringComparer.Ordinal);
        var attribution = new CallerAttribution(new CallerKey(keyHashSecret), allowedTags, metrics.AttributionDropped);
        _captures = new ContentStage(options.Content);
        _accessLog = new AccessLog(options.AccessLog);
        _identity = new IdentityStage(options, metrics.AttributionDropped, time, loggers.CreateLogger("identity"));
        var forwarder = new Forwarder(
            _upstreams, options, _identity, attribution, new InjectionRefusals(time), relay, closing, ids, time, metrics,
            new CallTelemetry(new DashboardMetrics(options.DashboardMetrics), _accessLog, time), _captures);
        _server = new GatewayServer(
            options,
            forwarder,
            () => new Exchange(new AttemptWatch(_deadlines), new AttemptRecord(spool, options.Spool.WhenFull, metrics)),
            loggers);
        (_forwarder, _drains) = (forwarder, drains);
        _running = this;
    }

    /// <summary>Captured calls until they are written.</summary>
    internal ContentStage Captures => _captures;

    /// <summary>Where callers reach it, once it runs.</summary>
    public string? Address => _server.Address;

    /// <summary>Calls between admission and their end.</summary>
    public int CallsInFlight => _forwarder.InFlight;

    /// <summary>Replies read on after their callers have left.</summary>
    public int DrainsInFlight => _drains.InUse;

    /// <summary>
    /// Makes the process's sockets fit for forwarding; before its first socket. Not where each append waits for the disk: the threads that
    /// serve all sockets must not.
    /// </summary>
    public static void TuneSockets(GatewayOptions options)
    {
        if (options.Spool.Fsync != FsyncPolicy.EachAppend) SocketTuning.Apply();
    }

    public async Task StartAsync()
    {
        await _identity.StartAsync();
        _accessLog.Start();
        await _server.StartAsync(CancellationToken.None);
        _isListening = true;
    }

    /// <summary>Takes no new calls, lets those in flight end within StopTimeout, then ends the rest as interrupted; each has its event when this returns.</summary>
    public async Task StopAsync()
    {
        _isListening = false;
        await EndCallsAsync();
        await _accessLog.StopAsync(EndBound, _time);
    }

    private async Task EndCallsAsync()
    {
        using var atOnce = new CancellationTokenSource();
        var stopping = _server.StopAsync(atOnce.Token);
        if (await EndsWithinAsync(stopping, _options.StopTimeout)) return;

        _deadlines.Stop();
        if (await EndsWithinAsync(stopping, EndBound)) return;

        // A caller that takes nothing more keeps its connection open: it has had its time.
        await atOnce.CancelAsync();
        await EndsWithinAsync(stopping, EndBound);
    }

    /// <summary>Serves callers and ships the spool as parts of the service, with their readiness: the gateway stays ready while log and registry are away.</summary>
    /// <param name="mayRegister">`Registry:Register`.</param>
    public void AddTo(ServiceHost service, ILog log, IReadOnlyList<TopicSpec> topics, ISchemaRegistry registry, bool mayRegister)
    {
        var schemas = new SpoolSchemas(registry, mayRegister);
        var shipper = new Shipper(_spool, log, topics, schemas.IdOf, service.Time, service.Loggers.CreateLogger("shipper"));
        service.Health.Check("gateway", () => _isListening ? CheckResult.Ok : CheckResult.NotReady($"not listening on {_options.Address}"));
        service.Health.Check("spool", () => shipper.Status.Check());
        service.Health.Check("spool-schema", schemas.Check);
        _identity.AddChecks(service.Health);
        service.Task("gateway", DrainStage.Accept, RunAsync);
        service.Thread("shipper", DrainStage.Ship, shipper.Run);
        if (!_captures.IsOn) return;
        var contentSchemas = new SpoolSchemas(registry, mayRegister, Topics.Content);
        var contents = new ContentShipper(
            _captures, _options.Content, log, topics, contentSchemas.IdOf, $"{_spool.Id}.content", service.Time, service.Loggers.CreateLogger("content"));
        service.Health.Check("content", contents.Check);
        service.Thread("content", DrainStage.Ship, contents.Run);
    }

    /// <summary>The secret of <see cref="GatewayOptions.KeyHashSecretFile"/>, or the one beside the spool.</summary>
    /// <returns>Null, with a sentence saying what to do, when there is no usable one.</returns>
    public static byte[]? ReadKeyHashSecret(GatewayOptions options, out string? problem) =>
        KeyHashSecret.Read(options.KeyHashSecretFile, options.Spool.Path, out problem);

    private async Task<bool> EndsWithinAsync(Task ending, TimeSpan bound)
    {
        try
        {
            await ending.WaitAsync(bound, _time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
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
        _identity.Dispose();
        _deadlines.Dispose();
        foreach (var upstream in _upstreams.Values) upstream.Dispose();
        _spool.Dispose();
    }
}
