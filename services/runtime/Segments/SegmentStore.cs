using System.Buffers.Binary;

namespace Pipeline.Runtime.Segments;

/// <summary>
/// Frames appended one after the other to segment files, in one folder that one process holds. The spool and the embedded log
/// are both made of it: one format (<see cref="SegmentFormat"/>) and one recovery (<see cref="SegmentRecovery"/>).
/// </summary>
/// <remarks>
/// Guarantee: after a crash at any moment the frames found are a prefix of the frames appended; kill -9 loses none whose append
/// returned, loss of power none that the <see cref="FsyncPolicy"/> had made durable. A segment is durable before its successor is made, so a bad
/// frame is a torn tail in the last segment and damage in any other.
/// Safe for use by several threads; an append is one write call and allocates nothing once the buffer has its size.
/// </remarks>
public sealed class SegmentStore : IDisposable
{
    private readonly ISegmentDisk _disk;
    private readonly SegmentStoreOptions _options;
    private readonly IDisposable _folderLock;
    private readonly uint _seed;
    private readonly ITimer? _syncTimer;

    // Appending: under _appending. Syncing: under _syncing, which may be held while _appending is taken, never the other way round.
    private readonly Lock _appending = new();
    private readonly Lock _syncing = new();
    private byte[] _frame = new byte[4096];
    private long _synced;
    private volatile bool _isBroken;

    // Read by every thread; replaced as a whole.
    private volatile Segment[] _segments;
    private long _nextOrdinal;

    internal SegmentStore(ISegmentDisk disk, SegmentStoreOptions options, IDisposable folderLock, Guid id, Segment[] segments, long nextOrdinal, TimeProvider time)
    {
        if (options.SegmentBytes < SegmentStoreOptions.MinSegmentBytes) throw new ArgumentOutOfRangeException(nameof(options), $"SegmentBytes is at least {SegmentStoreOptions.MinSegmentBytes}");
        (_disk, _options, _folderLock, Id, _segments, _nextOrdinal, _synced) = (disk, options, folderLock, id, segments, nextOrdinal, nextOrdinal);
        _seed = SegmentFormat.SeedOf(id);
        if (options.Fsync != FsyncPolicy.Interval) return;
        if (options.FsyncInterval <= TimeSpan.Zero) throw new ArgumentOutOfRangeException(nameof(options), "FsyncInterval is above zero");
        _syncTimer = time.CreateTimer(static store => ((SegmentStore)store!).Flush(), this, options.FsyncInterval, options.FsyncInterval);
    }

    /// <summary>Largest payload of a frame.</summary>
    public const int MaxPayloadBytes = SegmentFormat.MaxPayloadBytes;

    /// <summary>Bytes that a frame takes beyond its payload.</summary>
    public const int FrameOverheadBytes = SegmentFormat.FrameHeaderBytes;

    /// <summary>Bytes of a segment beside its frames.</summary>
    public const int SegmentOverheadBytes = SegmentFormat.HeaderBytes;

    /// <summary>Whether a file of that name is a segment.</summary>
    public static bool IsSegment(string name) => SegmentFormat.TryParseName(name, out _);

    /// <inheritdoc cref="SegmentRecovery.Open"/>
    public static StoreOpening Open(ISegmentDisk disk, SegmentStoreOptions options, TimeProvider time, Func<Guid> newId) =>
        SegmentRecovery.Open(disk, options, time, newId);

    /// <summary>Random, in every segment's header: a segment of another store is never taken for one of this.</summary>
    public Guid Id { get; }

    /// <summary>First frame that is still there.</summary>
    public long FirstOrdinal => _segments is [var first, ..] ? first.FirstOrdinal : NextOrdinal;

    /// <summary>Of the frame to be appended next.</summary>
    public long NextOrdinal => Volatile.Read(ref _nextOrdinal);

    /// <summary>First frame of the last segment.</summary>
    public long LastSegmentOrdinal => _segments is [.., var last] ? last.FirstOrdinal : NextOrdinal;

    /// <summary>Bytes ever taken, deleted segments included: what an append adds is what it used.</summary>
    public long EndAddress => _segments is [.., var last] ? last.StartAddress + last.Length : 0;

    /// <summary>Bytes on disk.</summary>
    public long Bytes
    {
        get
        {
            var bytes = 0L;
            foreach (var segment in _segments) bytes += segment.Length;
            return bytes;
        }
    }

    /// <summary>The disk failed in a way after which nothing more may be appended; the process must start anew.</summary>
    public bool IsBroken => _isBroken;

    internal uint Seed => _seed;
    internal Segment[] Segments => _segments;

    /// <inheritdoc cref="Append(ReadOnlySpan{byte}, ReadOnlySpan{byte}, out FramePlace)"/>
    public AppendOutcome Append(ReadOnlySpan<byte> payload, out FramePlace place) => Append(payload, default, out place);

    /// <summary>Appends one frame whose payload is both parts, 1 to <see cref="MaxPayloadBytes"/> bytes together.</summary>
    public AppendOutcome Append(ReadOnlySpan<byte> first, ReadOnlySpan<byte> rest, out FramePlace place)
    {
        var bytes = (long)first.Length + rest.Length;
        ArgumentOutOfRangeException.ThrowIfZero(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, MaxPayloadBytes);
        AppendOutcome outcome;
        lock (_appending) outcome = AppendInOrder(first, rest, out place);
        if (outcome == AppendOutcome.Appended && _options.Fsync == FsyncPolicy.EachAppend) outcome = SyncTo(place.Ordinal + 1);
        return outcome;
    }

    /// <summary>Makes every frame appended so far durable.</summary>
    public AppendOutcome Flush() => SyncTo(NextOrdinal);

    /// <summary>Reads frames from the ordinal on, those that are appended later too.</summary>
    /// <param name="ordinal">At most <see cref="NextOrdinal"/>.</param>
    public SegmentCursor ReadFrom(long ordinal)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ordinal);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ordinal, NextOrdinal);
        return new SegmentCursor(this, ordinal);
    }

    /// <summary>Reads one frame whose place and size are known.</summary>
    /// <param name="frame">As long as the frame with its header; the payload begins after <see cref="FrameOverheadBytes"/>.</param>
    /// <param name="fault">Set when the answer is Corrupt.</param>
    public CursorOutcome ReadAt(long address, Span<byte> frame, out SegmentFault? fault)
    {
        fault = null;
        if (Holding(address) is not { } segment) return CursorOutcome.Gone;
        var position = address - segment.StartAddress;
        try
        {
            var payload = frame[FrameOverheadBytes..];
            if (segment.File.Read(frame, position) == frame.Length
                && BinaryPrimitives.ReadUInt32LittleEndian(frame) == payload.Length
                && BinaryPrimitives.ReadUInt32LittleEndian(frame[4..]) == SegmentFormat.FrameChecksum(_seed, address, payload))
                return CursorOutcome.Frame;
            fault = new SegmentFault(segment.Path, position, "the frame is not as it was written");
        }
        catch (ObjectDisposedException)
        {
            return CursorOutcome.Gone;
        }
        catch (IOException error)
        {
            fault = new SegmentFault(segment.Path, position, error.Message);
        }

        return CursorOutcome.Corrupt;
    }

    /// <summary>Deletes the segments all of whose frames are below the ordinal, oldest first; never the last segment.</summary>
    /// <remarks>Every frame appended so far is durable before the first one goes: what made it superfluous may be among them.</remarks>
    /// <returns>Bytes that became free.</returns>
    public long DeleteBefore(long ordinal)
    {
        var freed = 0L;
        if (_segments is not [_, var second, ..] || second.FirstOrdinal > ordinal || Flush() != AppendOutcome.Appended) return freed;
        lock (_appending)
        {
            while (_segments is [var oldest, var next, ..] && next.FirstOrdinal <= ordinal)
            {
                if (_disk.Delete(oldest.Name) != DiskOutcome.Done) break;
                // Each deletion becomes durable before the next: a crash must not bring back one and leave a gap behind it.
                _segments = _segments[1..];
                freed += oldest.Length;
                oldest.Dispose();
                if (_disk.SyncNames() != DiskOutcome.Done) break;
            }
        }

        return freed;
    }

    public void Dispose()
    {
        _syncTimer?.Dispose();
        Flush();
        lock (_appending)
        {
            _isBroken = true;
            foreach (var segment in _segments) segment.Dispose();
        }

        _folderLock.Dispose();
    }

    private AppendOutcome AppendInOrder(ReadOnlySpan<byte> first, ReadOnlySpan<byte> rest, out FramePlace place)
    {
        place = default;
        if (_isBroken) return AppendOutcome.Failed;
        var size = FrameOverheadBytes + first.Length + rest.Length;
        var active = _segments is [.., var last] ? last : null;
        if (active is null || (active.Length + size > _options.SegmentBytes && active.Length > SegmentOverheadBytes))
        {
            var outcome = Roll(active, out active);
            if (outcome != DiskOutcome.Done) return Refused(outcome);
        }

        var position = active!.Length;
        place = new FramePlace(_nextOrdinal, active.StartAddress + position);
        if (_frame.Length < size) _frame = new byte[(int)Math.Min(2L * size, MaxPayloadBytes + FrameOverheadBytes)];
        var frame = _frame.AsSpan(0, size);
        var payload = frame[FrameOverheadBytes..];
        first.CopyTo(payload);
        rest.CopyTo(payload[first.Length..]);
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], SegmentFormat.FrameChecksum(_seed, place.Address, payload));

        var written = active.File.Write(frame, position);
        if (written != DiskOutcome.Done)
        {
            // Nothing of the frame may stay: a shorter one would leave its rest behind itself.
            if (active.File.Truncate(position) != DiskOutcome.Done) _isBroken = true;
            return Refused(written);
        }

        active.Length = position + size;
        Volatile.Write(ref _nextOrdinal, place.Ordinal + 1);
        return AppendOutcome.Appended;
    }

    private DiskOutcome Roll(Segment? closed, out Segment? opened)
    {
        opened = null;
        if (closed is not null && closed.File.Sync() != DiskOutcome.Done)
        {
            _isBroken = true;
            return DiskOutcome.Failed;
        }

        Volatile.Write(ref _synced, _nextOrdinal);
        var name = SegmentFormat.NameOf(_nextOrdinal);
        var outcome = _disk.Create(name, out var file);
        if (outcome != DiskOutcome.Done) return outcome;
        var startAddress = closed is null ? 0 : closed.StartAddress + closed.Length;
        Span<byte> header = stackalloc byte[SegmentFormat.HeaderBytes];
        SegmentFormat.WriteHeader(header, Id, _nextOrdinal, startAddress);
        outcome = file!.Write(header, 0);
        // Durable before the first frame: a bad header with frames behind it is damage, never a crash.
        if (outcome == DiskOutcome.Done) outcome = file.Sync();
        if (outcome == DiskOutcome.Done) outcome = _disk.SyncNames();
        if (outcome != DiskOutcome.Done)
        {
            file.Dispose();
            if (_disk.Delete(name) != DiskOutcome.Done) _isBroken = true;
            return outcome;
        }

        opened = new Segment(System.IO.Path.Combine(_disk.Path, name), name, file, _nextOrdinal, startAddress, header.Length, null);
        _segments = [.. _segments, opened];
        return DiskOutcome.Done;
    }

    private AppendOutcome SyncTo(long ordinal)
    {
        if (Volatile.Read(ref _synced) >= ordinal) return AppendOutcome.Appended;
        lock (_syncing)
        {
            // Who waited for another's call usually finds his frames covered by it.
            if (Volatile.Read(ref _synced) >= ordinal) return AppendOutcome.Appended;
            Segment active;
            long covered;
            lock (_appending)
            {
                if (_isBroken) return AppendOutcome.Failed;
                active = _segments[^1];
                covered = _nextOrdinal;
            }

            if (active.File.Sync() != DiskOutcome.Done)
            {
                // What the disk still holds is unknown and a repeated call would not tell: the kernel forgets a failed page.
                _isBroken = true;
                return AppendOutcome.Failed;
            }

            if (Volatile.Read(ref _synced) < covered) Volatile.Write(ref _synced, covered);
            return AppendOutcome.Appended;
        }
    }

    private Segment? Holding(long address)
    {
        var segments = _segments;
        var (low, high) = (0, segments.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var segment = segments[middle];
            if (address < segment.StartAddress) high = middle - 1;
            else if (address >= segment.StartAddress + segment.Length) low = middle + 1;
            else return segment.Fault is null ? segment : null;
        }

        return null;
    }

    private static AppendOutcome Refused(DiskOutcome outcome) => outcome == DiskOutcome.Full ? AppendOutcome.DiskFull : AppendOutcome.Failed;
}
