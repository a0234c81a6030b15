using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.GatewayEdge.Spooling;
using Pipeline.Runtime.Segments;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

/// <summary>The whole gateway on a free port, its spool on a simulated disk.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    /// <summary>What happens after a caller has left is seen by nobody else: it is asked for.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    private readonly GatewayService _service;
    private readonly Spool _spool;

    private TestGateway(GatewayService service, Spool spool) => (_service, _spool) = (service, spool);

    public int Port => new Uri(_service.Address!).Port;

    public required DiskGate Disk { get; init; }

    public Spool Spool => _spool;

    public GatewayService Service => _service;

    /// <summary>A gateway in front of one upstream of OpenAI's kind, reached as `/up/`.</summary>
    public static Task<TestGateway> StartAsync(
        ScriptedUpstream upstream, bool injectUsage = false, string api = "openai", WhenFull whenFull = WhenFull.Refuse, TimeProvider? time = null) =>
        StartAsync(new UpstreamOptions { BaseAddress = upstream.Address, Api = api, InjectUsage = injectUsage }, whenFull: whenFull, time: time);

    public static async Task<TestGateway> StartAsync(
        UpstreamOptions upstream, GatewayOptions? template = null, WhenFull whenFull = WhenFull.Refuse, TimeProvider? time = null)
    {
        template ??= new GatewayOptions();
        var options = new GatewayOptions
        {
            Address = new IPEndPoint(IPAddress.Loopback, 0),
            Upstreams = new Dictionary<string, UpstreamOptions> { ["up"] = upstream },
            RequestIdHeader = template.RequestIdHeader,
            AllowedTags = template.AllowedTags,
            MetadataTags = template.MetadataTags,
            Jwt = template.Jwt,
            VirtualKeys = template.VirtualKeys,
            AccessLog = template.AccessLog,
            DashboardMetrics = template.DashboardMetrics,
            Content = template.Content,
            MaxConcurrentRequests = template.MaxConcurrentRequests,
            MaxConcurrentDrains = template.MaxConcurrentDrains,
            MaxReadBodyBytes = template.MaxReadBodyBytes,
            StopTimeout = template.StopTimeout,
            Spool = new SpoolOptions { WhenFull = whenFull, Fsync = FsyncPolicy.Never },
        };
        var clock = time ?? TimeProvider.System;
        var gate = new DiskGate();
        var disk = new GatedDisk(new SimulatedDisk(new Random(1)).Root, gate);
        var spool = Spool.Open(disk, options.Spool, clock, Guid.NewGuid, NullLogger.Instance).Spool!;
        var service = new GatewayService(options, spool, new byte[32], NullLoggerFactory.Instance, clock, new RandomEventIds());
        await service.StartAsync();
        return new TestGateway(service, spool) { Disk = gate };
    }

    /// <summary>The events on disk, without openings.</summary>
    public List<LLMUsageAudit> Events() => Frames(SpoolFrameKind.Event);

    public List<LLMUsageAudit> Openings() => Frames(SpoolFrameKind.Opening);

    /// <summary>The only event, once it is there.</summary>
    public async Task<LLMUsageAudit> EventAsync() => Assert.Single(await EventsAsync(1));

    public async Task<List<LLMUsageAudit>> EventsAsync(int count)
    {
        await UntilAsync(() => Events().Count >= count);
        return Events();
    }

    public Task DrainingAsync(int count) => UntilAsync(() => _service.DrainsInFlight == count);

    public Task InFlightAsync(int count) => UntilAsync(() => _service.CallsInFlight == count);

    public Task StopAsync() => _service.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Disk.Open();
        await _service.StopAsync();
        _service.Dispose();
        Disk.Dispose();
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var until = DateTime.UtcNow + RawCaller.Patience;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < until, "the awaited state did not come");
            await Task.Delay(PollInterval);
        }
    }

    private List<LLMUsageAudit> Frames(SpoolFrameKind kind)
    {
        var events = new List<LLMUsageAudit>();
        using var cursor = _spool.Live!.Store.ReadFrom(0);
        while (cursor.Read(out _, out var payload) == CursorOutcome.Frame)
        {
            Assert.True(SpoolFrame.TryRead(payload, out var frame));
            if (frame.Kind != kind) continue;
            var value = new byte[frame.MaxValueBytes];
            var length = frame.WriteValue(value, 1, _spool.Id, _spool.Epoch!.Value);
            var reader = new AvroReader(value.AsSpan(5, length - 5));
            events.Add(LLMUsageAudit.Read(ref reader));
            Assert.False(reader.Failed);
        }

        return events;
    }
}
