using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Segments;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;

namespace Pipeline.GatewayEdge.Spooling;

/// <summary>
/// Every event's way to the log begins here, on local disk.
/// <code>
///   TryAdmit ──► room for one maximal event, or refused
///   Begin    ──► sequence number taken, opening appended     before anything is sent upstream
///   Complete ──► event appended                              before the frame that completes the reply
///                  └──► shipper ──► llm-usage-raw
/// </code>
/// Guarantee: what was appended is shipped once, whatever is killed. An attempt without its event becomes an interrupted one at the next
/// start. Sequences have no gaps but those of <see cref="LostEvents"/>.
/// </summary>
/// <remarks>Safe for use by several threads. The caller leaves `edge` in the event as it likes: it is put in here.</remarks>
public sealed class Spool : IDisposable
{
    /// <summary>Bound of an encoded event; provider_usage and then tags are dropped to keep it.</summary>
    public const int MaxEventBytes = 256 * 1024;

    /// <summary>Bound of an encoded opening, which has neither usage nor reply.</summary>
    public const int MaxOpeningBytes = 32 * 1024;

    private const int FrameBytes = SegmentStore.FrameOverheadBytes + SpoolFrame.HeaderBytes;

    /// <summary>Room kept for each attempt in flight.</summary>
    internal const long ReservationBytes = MaxEventBytes + MaxOpeningBytes + (2 * FrameBytes);

    private readonly SpoolOptions _options;
    private readonly IDisposable _folderLock;
    private readonly ISegmentDisk _epochs;
    private readonly EventEncoding _encoding = new();
    private readonly UnshippedBytes _unshipped = new();

    // Under _order: sequences are taken in the order of their openings on disk.
    private readonly Lock _order = new();
    private readonly HashSet<long> _openFrames = [];
    private long _nextSequence;
    private bool _hasEpochRecord;

    private long _lostEvents;
    private long _endingsFailed;

    internal Spool(
        Guid id, SpoolOptions options, IDisposable folderLock, ISegmentDisk epochs, List<SpoolEpoch> older, SpoolEpoch? live, SegmentStore refused, IReadOnlyList<string> damaged)
    {
        (Id, _options, _folderLock, _epochs, Older, Live, Refused, DamagedEpochs) = (id, options, folderLock, epochs, older, live, refused, damaged);
        Room = new SpoolRoom(options.MaxBytes, refused.Bytes + (live?.Store.Bytes ?? 0) + older.Sum(static epoch => epoch.Store.Bytes));
        foreach (var epoch in older) _unshipped.Found(epoch);
        if (live is not null) _unshipped.Found(live);
        lock (_order) EnsureEpochRecord();
        SpoolMetrics.Opened(this);
    }

    /// <summary>The spool's own UUID, kept in its folder: the transactional id of its shipper and `edge.id` of its events.</summary>
    public Guid Id { get; }

    /// <summary>This start of the edge; null when the spool was opened for shipping only.</summary>
    public Guid? Epoch => Live?.Record.Epoch;

    /// <summary>Attempts without any record, because the spool was full or failed and the policy is to forward.</summary>
    public long LostEvents => Volatile.Read(ref _lostEvents);

    /// <summary>Events that could not be appended although their opening was.</summary>
    public long EndingsFailed => Volatile.Read(ref _endingsFailed);

    /// <summary>Bytes on disk.</summary>
    public long UsedBytes => Room.UsedBytes;

    /// <summary>Bytes that no committed position covers: openings and events, those of earlier epochs too.</summary>
    public long UnshippedBytes => _unshipped.Total;

    /// <summary>Room kept for attempts in flight.</summary>
    public long ReservedBytes => Room.ReservedBytes;

    /// <summary>What of earlier epochs cannot be shipped, one sentence each with the remedy.</summary>
    public IReadOnlyList<string> DamagedEpochs { get; }

    internal SpoolRoom Room { get; }

    /// <summary>Oldest first. Changed by the shipper's thread only.</summary>
    internal List<SpoolEpoch> Older { get; }

    internal SpoolEpoch? Live { get; }

    /// <summary>Records that the log refuses for themselves.</summary>
    internal SegmentStore Refused { get; }

    /// <summary>Opens the spool in its folder and begins a new epoch.</summary>
    public static SpoolOpening Open(SpoolOptions options, TimeProvider time, ILogger logger)
    {
        try
        {
            return Open(new FileDisk(options.Path), options, time, RandomId, logger);
        }
        catch (IOException error)
        {
            return new SpoolOpening(null, $"{options.Path} cannot be used as spool: {error.Message}");
        }
    }

    /// <param name="newId">128 random bits each.</param>
    /// <param name="beginsEpoch">False: nothing can be appended, what is there can be shipped.</param>
    internal static SpoolOpening Open(ISegmentDisk disk, SpoolOptions options, TimeProvider time, Func<Guid> newId, ILogger logger, bool beginsEpoch = true) =>
        SpoolRecovery.Open(disk, options, beginsEpoch, time, newId, logger);

    internal static Guid RandomId() => new(RandomNumberGenerator.GetBytes(16));

    /// <summary>Keeps room for one attempt: a maximal event and its opening.</summary>
    /// <returns>Null when there is none and the policy is to refuse; under `forward` always a ticket.</returns>
    public SpoolTicket? TryAdmit()
    {
        if (!Live!.Store.IsBroken && Room.TryReserve(ReservationBytes)) return new SpoolTicket(ReservationBytes);
        return _options.WhenFull == WhenFull.Forward ? new SpoolTicket(0) : null;
    }

    /// <summary>Takes the sequence number and appends the opening, before anything is sent upstream.</summary>
    /// <param name="opening">The event as it is when nothing follows: outcome interrupted, usage null.</param>
    /// <returns>
    /// Not Appended: under `refuse` nothing was taken and the ticket is to be abandoned; under `forward` the sequence is taken and the
    /// event may still find room at its end.
    /// </returns>
    public AppendOutcome Begin(SpoolTicket ticket, LLMUsageAudit opening)
    {
        Expect(ticket, SpoolTicket.Stage.Admitted);
        if (_encoding.Encode(opening, MaxOpeningBytes) is not { } body) throw new ArgumentException($"an opening is at most {MaxOpeningBytes} bytes", nameof(opening));
        AppendOutcome outcome;
        lock (_order)
        {
            outcome = HasRoom(ticket, body.Length) ? Append(SpoolFrameKind.Opening, _nextSequence, body, out var ordinal) : Full(out ordinal);
            if (outcome == AppendOutcome.Appended)
            {
                ticket.OpeningOrdinal = ordinal;
                _openFrames.Add(ordinal);
            }

            if (outcome == AppendOutcome.Appended || _options.WhenFull == WhenFull.Forward)
            {
                ticket.Sequence = _nextSequence++;
                ticket.At = SpoolTicket.Stage.Begun;
            }
        }

        _encoding.Return(body);
        outcome = Durable(outcome);
        if (outcome == AppendOutcome.Appended) SpoolMetrics.Openings.Add(1);
        return outcome;
    }

    /// <summary>Appends the attempt's event and ends the ticket.</summary>
    /// <returns>Not Appended: the event is lost as such; an opening that was appended becomes an interrupted event at the next start.</returns>
    public AppendOutcome Complete(SpoolTicket ticket, LLMUsageAudit audit)
    {
        Expect(ticket, SpoolTicket.Stage.Begun);
        var outcome = AppendOutcome.Failed;
        if (_encoding.Encode(audit, MaxEventBytes) is { } body)
        {
            lock (_order)
            {
                outcome = HasRoom(ticket, body.Length) ? Append(SpoolFrameKind.Event, ticket.Sequence!.Value, body, out _) : Full(out _);
                if (outcome == AppendOutcome.Appended && ticket.OpeningOrdinal is { } opening) _openFrames.Remove(opening);
            }

            _encoding.Return(body);
            outcome = Durable(outcome);
        }

        End(ticket);
        if (outcome == AppendOutcome.Appended) SpoolMetrics.Events.Add(1);
        else CountMissing(ticket);
        return outcome;
    }

    /// <summary>Gives the room back when the attempt was refused before anything was sent.</summary>
    public void Abandon(SpoolTicket ticket)
    {
        if (ticket.At == SpoolTicket.Stage.Ended) return;
        // With an opening on disk an end is owed: without one it will be an interrupted event.
        if (ticket.At == SpoolTicket.Stage.Begun) CountMissing(ticket);
        End(ticket);
    }

    public void Dispose()
    {
        Live?.Store.Dispose();
        foreach (var epoch in Older) epoch.Store.Dispose();
        Refused.Dispose();
        _folderLock.Dispose();
        SpoolMetrics.Closed(this);
    }

    internal static SegmentStoreOptions SegmentOptions(SpoolOptions options) =>
        // Appends that are to be durable wait after the order is fixed, so that they share one call to the disk.
        new(options.SegmentBytes, options.Fsync == FsyncPolicy.EachAppend ? FsyncPolicy.Never : options.Fsync, options.FsyncInterval);

    /// <summary>Deletes shipped segments of the live epoch; those of attempts in flight stay, because their openings may be needed.</summary>
    internal void DeleteShipped(long position)
    {
        lock (_order)
            foreach (var ordinal in _openFrames) position = Math.Min(position, ordinal);
        Room.Free(Live!.Store.DeleteBefore(position));
    }

    /// <inheritdoc cref="UnshippedBytes.Covered"/>
    internal void Covered(SpoolEpoch epoch, long position, long? address, long owedBytes)
    {
        lock (_order) _unshipped.Covered(epoch, position, address, owedBytes);
    }

    /// <summary>Puts an earlier epoch aside that can be read no further; its files stay.</summary>
    internal void Leave(SpoolEpoch epoch)
    {
        _unshipped.Ended(epoch);
        Older.Remove(epoch);
        epoch.Store.Dispose();
    }

    /// <summary>Removes an earlier epoch that is fully shipped.</summary>
    internal bool DeleteOlder(SpoolEpoch epoch)
    {
        _unshipped.Ended(epoch);
        // Oldest segments first: a crash in between must not leave a shorter epoch that looks like a lost tail.
        Room.Free(epoch.Store.DeleteBefore(long.MaxValue));
        Room.Free(epoch.Store.Bytes);
        epoch.Store.Dispose();
        Older.Remove(epoch);
        // The last segment goes for good before the epoch's record: segments without a record look damaged.
        foreach (var name in epoch.Folder.Files())
            if (SegmentStore.IsSegment(name)) epoch.Folder.Delete(name);
        return epoch.Folder.SyncNames() == DiskOutcome.Done && _epochs.DeleteFolder(epoch.FolderName) == DiskOutcome.Done && _epochs.SyncNames() == DiskOutcome.Done;
    }

    private AppendOutcome Append(SpoolFrameKind kind, long sequence, AvroWriter body, out long ordinal)
    {
        ordinal = -1;
        if (!EnsureEpochRecord()) return AppendOutcome.DiskFull;
        var bytes = body.WrittenSpan;
        Span<byte> head = stackalloc byte[SpoolFrame.HeadBytes];
        SpoolFrame.WriteHead(head, kind, sequence, Math.Max(_nextSequence, sequence + 1), bytes);
        var before = Live!.Store.EndAddress;
        var outcome = Live.Store.Append(head, bytes[SpoolFrame.RestOf(bytes)..], out var place);
        if (outcome != AppendOutcome.Appended) return outcome;
        ordinal = place.Ordinal;
        var used = Live.Store.EndAddress - before;
        Room.Use(used);
        _unshipped.Appended(used);
        return outcome;
    }

    private AppendOutcome Durable(AppendOutcome outcome) =>
        outcome == AppendOutcome.Appended && _options.Fsync == FsyncPolicy.EachAppend ? Live!.Store.Flush() : outcome;

    private static AppendOutcome Full(out long ordinal)
    {
        ordinal = -1;
        return AppendOutcome.DiskFull;
    }

    /// <summary>The epoch's record must be on disk before its first frame; on a disk that was full at start it is tried again.</summary>
    private bool EnsureEpochRecord() => _hasEpochRecord || (_hasEpochRecord = Live is not null && Live.Record.Write(Live.Folder) == DiskOutcome.Done);

    private bool HasRoom(SpoolTicket ticket, int bodyBytes) => ticket.ReservedBytes > 0 || Room.Has(bodyBytes + FrameBytes);

    private void End(SpoolTicket ticket)
    {
        ticket.At = SpoolTicket.Stage.Ended;
        Room.Release(ticket.ReservedBytes);
    }

    private void CountMissing(SpoolTicket ticket)
    {
        if (ticket.OpeningOrdinal is null)
        {
            Interlocked.Increment(ref _lostEvents);
            SpoolMetrics.Lost.Add(1);
        }
        else
        {
            Interlocked.Increment(ref _endingsFailed);
            SpoolMetrics.EndingsFailed.Add(1);
        }
    }

    private static void Expect(SpoolTicket ticket, SpoolTicket.Stage stage)
    {
        if (ticket.At != stage) throw new InvalidOperationException($"The ticket is {ticket.At}, not {stage}.");
    }
}
