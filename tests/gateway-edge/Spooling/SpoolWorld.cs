using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.GatewayEdge.Spooling;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Embedded;
using Pipeline.Runtime.Segments;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Spooling;

/// <summary>One machine: a disk with the spool and the log on it, and a clock that stands still unless it is moved.</summary>
internal sealed class SpoolWorld
{
    public const int SchemaId = 7;

    private readonly Random _ids;

    public SpoolWorld(int seed, Random? disk = null)
    {
        _ids = new Random(seed);
        Disk = new SimulatedDisk(disk ?? new Random(seed));
    }

    public SimulatedDisk Disk { get; }
    public StoppedClock Time { get; } = new();
    public SpoolOptions Options { get; init; } = new() { Path = "spool", Fsync = FsyncPolicy.EachAppend };
    public FsyncPolicy LogFsync { get; init; } = FsyncPolicy.EachAppend;

    public Guid NewId()
    {
        var bytes = new byte[16];
        _ids.NextBytes(bytes);
        return new Guid(bytes);
    }

    public Spool OpenSpool(bool beginsEpoch = true)
    {
        var opening = Spool.Open(Disk.Root.Folder("spool"), Options, Time, NewId, NullLogger.Instance, beginsEpoch);
        Assert.Null(opening.Failure);
        return opening.Spool!;
    }

    public EmbeddedLog OpenLog()
    {
        var opening = EmbeddedLog.Open(Disk.Root.Folder("log"), new EmbeddedLogOptions(64 * 1024, LogFsync, TimeSpan.FromHours(1)), Time, NewId, NullLogger.Instance);
        Assert.Null(opening.Failure);
        return opening.Log!;
    }

    public Shipper Shipper(Spool spool, ILog log, Func<string, int?>? schemaId = null) =>
        new(spool, log, Topics.All(3), schemaId ?? (static _ => SchemaId), Time, NullLogger.Instance);

    /// <summary>Turns until nothing is left to ship.</summary>
    public void Drain(Shipper shipper)
    {
        for (var turns = 0; turns < 10_000; turns++)
        {
            Time.Advance(shipper.Turn());
            if (shipper.Status.Phase is ShipperPhase.Idle or ShipperPhase.Cloned) return;
        }

        Assert.Fail($"not drained: {shipper.Status}");
    }

    public static IReadOnlyList<LogRecord> Raw(ILog log)
    {
        var from = Enumerable.Range(0, 3).ToDictionary(static partition => new TopicPartition(Topics.UsageRaw, partition), static _ => 0L);
        if (log.PartitionCount(Topics.UsageRaw) == 0) return [];
        using var cursor = log.OpenCursor(from);
        var records = new List<LogRecord>();
        while (cursor.Read(1_000, int.MaxValue, TimeSpan.Zero, default) is { IsEmpty: false } batch) records.AddRange(batch.Records);
        return records;
    }

    public static List<LLMUsageAudit> Events(ILog log) => [.. Raw(log).Select(Decode)];

    public static LLMUsageAudit Decode(LogRecord record)
    {
        Assert.True(Schemas.Wire.ConfluentFrame.TryRead(record.Value.Span, out var id, out var body));
        Assert.Equal(SchemaId, id);
        Assert.True(Schemas.Avro.AvroBody.TryRead<LLMUsageAudit>(body, out var audit));
        Assert.Equal(audit.EventId.ToString(), System.Text.Encoding.ASCII.GetString(record.Key.Span));
        return audit;
    }
}

/// <summary>A clock under the test's control. Timers never fire: what they would do is done by hand.</summary>
internal sealed class StoppedClock : TimeProvider
{
    private DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new NoTimer();

    public void Advance(TimeSpan by) => _now += by;

    private sealed class NoTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>Events as the forwarder makes them.</summary>
internal static class Audits
{
    private static readonly EdgePosition NotPlaced = new() { Id = Guid.Empty, Epoch = "", Sequence = 0 };

    public static LLMUsageAudit Opening(Guid id) => new()
    {
        EventId = id,
        Edge = NotPlaced,
        RequestId = id.ToString(),
        StartedAt = DateTimeOffset.UnixEpoch.AddDays(20_000),
        DurationUs = 0,
        Provider = "openai",
        Upstream = "openai",
        Api = "openai.chat",
        Operation = "chat",
        RequestModel = "gpt-5-mini",
        Streaming = true,
        Outcome = Outcome.Interrupted,
        UsageSource = UsageSource.None,
        UsageQuality = UsageQuality.Unknown,
        Attribution = new Schemas.Attribution { Team = "search", Tags = new Dictionary<string, string> { ["cost_center"] = "17" } },
        RequestBytes = 1_234,
        ResponseBytes = 0,
    };

    public static LLMUsageAudit Event(LLMUsageAudit opening) => opening with
    {
        DurationUs = 1_000_000,
        StatusCode = 200,
        Outcome = Outcome.Ok,
        Usage = new TokenUsage { InputUncached = 100, OutputText = 20, InputTotal = 100, OutputTotal = 20 },
        ProviderUsage = """{"prompt_tokens":100}""",
        UsageSource = UsageSource.Provider,
        UsageQuality = UsageQuality.Consistent,
        ResponseBytes = 5_678,
    };

    /// <summary>One whole attempt.</summary>
    public static Guid Attempt(this Spool spool, Guid id)
    {
        var ticket = spool.TryAdmit()!;
        var opening = Opening(id);
        Assert.Equal(AppendOutcome.Appended, spool.Begin(ticket, opening));
        Assert.Equal(AppendOutcome.Appended, spool.Complete(ticket, Event(opening)));
        return id;
    }
}
