using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.GatewayEdge.Spooling;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Segments;
using Pipeline.Schemas;
using Pipeline.Simulation.Tests.Work;
using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests.Processes;

/// <summary>A gateway from where metering hands over a finished exchange: spool and shipper on a machine of its own.</summary>
internal sealed class EdgeProcess : SimulatedProcess
{
    private const int MaxInFlight = 4;

    private readonly SimulatedDisk _disk;
    private readonly SpoolOptions _options;
    private readonly List<Attempt> _attempts = [];
    private CrashKind? _crashed;
    private bool _keepsPower;
    private Spool? _spool;
    private Shipper? _shipper;
    private DateTimeOffset _shipAt;
    private DateTimeOffset _fullUntil;
    private Guid _liveEpoch;
    private (Attempt Attempt, bool HasEvent)[] _beforeTurn = [];

    public EdgeProcess(SimulatedWorld world, string name) : base(world, name)
    {
        _disk = new SimulatedDisk(new Random(world.Chance.Random.Next()));
        Time = new MachineTime(world.Time);
        _options = new SpoolOptions
        {
            Path = name,
            MaxBytes = world.Chance.Hits(0.2) ? 3 * Spool.ReservationBytes : long.MaxValue,
            WhenFull = world.Chance.Hits(0.3) ? WhenFull.Forward : WhenFull.Refuse,
            Fsync = world.Chance.Of([FsyncPolicy.EachAppend, FsyncPolicy.Interval, FsyncPolicy.Never]),
            SegmentBytes = world.Chance.Of([4_096L, 16_384, 1_048_576]),
        };
    }

    public MachineTime Time { get; }
    public Spool? Spool => _spool;
    public IReadOnlyList<Attempt> Attempts => _attempts;

    /// <summary>Per epoch, attempts that left no record because there was no room: counted by the spool, and gaps in the sequence.</summary>
    public Dictionary<Guid, long> LostEvents { get; } = [];

    /// <summary>The shipper waits for the log: requests go on meanwhile.</summary>
    public bool CanServe => LogCalls > 0 && _spool is not null;

    public bool IsDrained => _shipper is { Status.Phase: ShipperPhase.Idle } && _spool!.Older.Count == 0 && !_attempts.Exists(static one => one.IsInFlight);

    /// <summary>From its next start on only what is in the spool is shipped: its gateway is gone.</summary>
    public bool IsOrphan { get; set; }

    public string? Trouble => _shipper?.Status.ToString();

    public void FillDisk()
    {
        World.Trace?.Add($"{Name}: the disk is nearly full");
        _disk.CapacityBytes = _disk.UsedBytes + World.Chance.Below(3_000);
        _fullUntil = World.Time.Now + World.Chance.Time(TimeSpan.FromSeconds(20));
    }

    public void MakeRoom() => _disk.CapacityBytes = long.MaxValue;

    public void Serve() => World.Guard(this, ServeOne);

    /// <summary>Whether the checkpoint on the disk holds the position: then losing it in the log doubles nothing.</summary>
    public bool MayForget(string group, long position)
    {
        if (_spool is null || IsOnStack) return false;
        foreach (var epoch in _spool.Older.Append(_spool.Live!))
        {
            if (group != $"{_spool.Id}.{epoch.Record.Epoch:N}") continue;
            if (SmallFile.Read(epoch.Folder, "checkpoint") is not { Length: 8 } bytes || BinaryPrimitives.ReadInt64LittleEndian(bytes) != position) return false;
            _keepsPower = true;
            return true;
        }

        return false;
    }

    protected override void Begin()
    {
        if (_crashed is { } kind) _disk.Restart(kind);
        _crashed = null;
        if (_fullUntil <= World.Time.Now) MakeRoom();
        Arm();
        var opening = Spool.Open(_disk.Root.Folder("spool"), _options, Time, World.Chance.Id, new EventListener(World), beginsEpoch: !IsOrphan);
        if (opening.Spool is null && _disk.CapacityBytes < long.MaxValue)
        {
            Disarm();
            Kill("the disk is full");
            return;
        }

        if (opening.Spool is null) throw new ViolationException("a spool opens after any crash", $"{Name}: {opening.Failure}");
        if (opening.Spool.DamagedEpochs is [var damaged, ..]) throw new ViolationException("no crash damages an epoch", $"{Name}: {damaged}");
        Disarm();
        _spool = opening.Spool;
        if (IsOrphan) World.Note(Happening.OrphanShipped);
        _liveEpoch = _spool.Epoch ?? Guid.Empty;
        // What recovery found, it has made durable; what it did not find is known to be lost.
        foreach (var attempt in _attempts) (attempt.IsOpeningDurable, attempt.IsEventDurable) = (true, true);
        Current!.BeforeTransaction = MarkShipped;
        _shipper = new Shipper(_spool, Log, SimulatedWorld.TopicSpecs, SchemaId, Time, NullLogger.Instance);
        _shipAt = World.Time.Now;
    }

    protected override TimeSpan TakeTurn()
    {
        if (_fullUntil <= World.Time.Now) MakeRoom();
        if (World.HasFaults && World.Chance.Hits(0.6)) return ServeOne();
        Arm();
        if (Time.FireDue()) MarkDurable();
        Disarm();
        if (!World.HasFaults) ServeOne();
        if (_shipAt > World.Time.Now && World.HasFaults) return TimeSpan.Zero;
        _beforeTurn = [.. _attempts.Where(attempt => attempt.Epoch == _liveEpoch && !attempt.IsInCall).Select(static attempt => (attempt, attempt.Allowed == Ends.Event))];
        Arm();
        _shipAt = World.Time.Now + _shipper!.Turn();
        Disarm();
        return TimeSpan.Zero;
    }

    protected override void End()
    {
        foreach (var attempt in _attempts.Where(static one => one.IsInFlight).ToArray()) Complete(attempt);
        CountLost();
        _shipper!.Dispose();
        _spool!.Dispose();
        (_shipper, _spool) = (null, null);
        Time.Clear();
        _crashed = CrashKind.Process;
    }

    protected override void Killed()
    {
        if (_spool is not null) CountLost();
        (_shipper, _spool) = (null, null);
        Time.Clear();
        _crashed = !_keepsPower && World.HasFaults && World.Chance.Hits(World.Plan.PowerLossShare) ? CrashKind.Power : CrashKind.Process;
        if (_crashed == CrashKind.Power)
        {
            World.Note(Happening.PowerLost);
            World.Trace?.Add($"{Name}: the power is lost");
        }

        foreach (var attempt in _attempts)
        {
            attempt.IsInFlight = false;
            if (_crashed == CrashKind.Power) attempt.LosePower();
        }
    }

    private TimeSpan ServeOne()
    {
        var open = _attempts.Where(static one => one.IsInFlight && !one.IsInCall).ToArray();
        if (World.HasFaults && World.AttemptsLeft > 0 && open.Length < MaxInFlight && (open.Length == 0 || World.Chance.Hits(0.5))) Begin(World.Chance.EventId());
        else if (open.Length > 0) Complete(World.Chance.Of(open));
        return TimeSpan.Zero;
    }

    private void Begin(Guid id)
    {
        World.AttemptsLeft--;
        if (_spool!.TryAdmit() is not { } ticket)
        {
            World.Note(Happening.SpoolRefused);
            return;
        }

        if (World.Chance.Hits(0.05))
        {
            _spool.Abandon(ticket);
            return;
        }

        if (World.Chance.Hits(World.Plan.RefusedShare)) World.Unshippable.Add(id);
        if (World.Chance.Hits(World.Plan.RefusedShare)) World.Store.Unstorable.Add(id);
        var attempt = new Attempt(id, _liveEpoch, Calls.Opening(World.Chance, id, Time.GetUtcNow()), ticket) { IsInCall = true };
        _attempts.Add(attempt);
        World.Attempts.Add(attempt);
        Arm();
        var outcome = _spool.Begin(ticket, attempt.Opening);
        Disarm();
        attempt.IsInCall = false;
        attempt.Sequence = ticket.Sequence;
        attempt.HasOpening = outcome == AppendOutcome.Appended;
        attempt.IsOpeningDurable = _options.Fsync == FsyncPolicy.EachAppend && outcome == AppendOutcome.Appended;
        World.Trace?.Add($"{Name}: begin {id} {outcome}");
        if (outcome == AppendOutcome.Appended) attempt.Allowed = Ends.Interrupted;
        else if (outcome == AppendOutcome.DiskFull) attempt.Allowed = Ends.Absent;
        if (outcome == AppendOutcome.Appended || ticket.Sequence is not null) return;
        _spool.Abandon(ticket);
        attempt.IsInFlight = false;
    }

    private void Complete(Attempt attempt)
    {
        attempt.Event = Calls.Event(World.Chance, attempt.Opening);
        attempt.IsInCall = true;
        attempt.Allowed |= Ends.Event;
        Arm();
        var outcome = _spool!.Complete(attempt.Ticket, attempt.Event);
        Disarm();
        (attempt.IsInCall, attempt.IsInFlight) = (false, false);
        attempt.IsEventDurable = _options.Fsync == FsyncPolicy.EachAppend && outcome == AppendOutcome.Appended;
        World.Trace?.Add($"{Name}: complete {attempt.Id} {outcome}");
        if (outcome == AppendOutcome.Appended) attempt.Allowed = Ends.Event;
        else if (outcome == AppendOutcome.DiskFull) attempt.Allowed &= ~Ends.Event;
        if (outcome == AppendOutcome.DiskFull) World.Note(Happening.DiskFull);
    }

    /// <summary>The shipper has flushed what was there when its turn began.</summary>
    private void MarkShipped()
    {
        if (_spool!.Older.Count > 0) return;
        foreach (var (attempt, hasEvent) in _beforeTurn)
        {
            attempt.IsOpeningDurable |= attempt.HasOpening;
            attempt.IsEventDurable |= hasEvent;
        }
    }

    private void MarkDurable()
    {
        foreach (var attempt in _attempts)
        {
            if (attempt.Epoch != _liveEpoch || attempt.IsInCall) continue;
            attempt.IsOpeningDurable |= attempt.HasOpening;
            attempt.IsEventDurable |= attempt.Allowed == Ends.Event;
        }
    }

    private void CountLost() => LostEvents[_liveEpoch] = _spool!.LostEvents;

    private int? SchemaId(string json) => World.Registry.Register(LLMUsageAudit.Subject, json, CancellationToken.None) is { IsOk: true } answer ? answer.Value : null;

    /// <summary>Stops the machine in the middle of one of the next changes to the disk.</summary>
    private void Arm()
    {
        if (World.HasFaults && World.Chance.Hits(World.Plan.TornWritePerActivity)) _disk.CrashAt(_disk.Changes + World.Chance.Below(6));
    }

    private void Disarm() => _disk.CrashAt(long.MaxValue);
}
