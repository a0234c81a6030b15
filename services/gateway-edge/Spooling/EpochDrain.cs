using System.Buffers.Binary;
using Pipeline.Runtime.Segments;

namespace Pipeline.GatewayEdge.Spooling;

/// <summary>
/// Reads what of an epoch is to be shipped. Positions count frames; behind the last frame of an earlier epoch come its openings
/// without an end, from <see cref="RecoveredBase"/> on, so that no position means two things whatever was lost from the disk.
/// </summary>
internal sealed class EpochDrain(SpoolEpoch epoch, bool isClosed) : IDisposable
{
    public const long RecoveredBase = 1L << 62;

    private const string CheckpointFile = "checkpoint";

    private List<RecoveredOpening>? _recovered;
    private SegmentCursor? _cursor;
    private byte[] _opening = [];
    private long _damagedTo;

    private readonly record struct RecoveredOpening(long Ordinal, long Address, int Bytes);

    public SpoolEpoch Epoch => epoch;

    /// <summary>An epoch of an earlier start: nothing will follow in it.</summary>
    public bool IsClosed => isClosed;

    /// <summary>Of what comes next.</summary>
    public long Position { get; private set; }

    /// <summary>Address of the frame at <see cref="Position"/>; null when it is not known, at the end or behind damage.</summary>
    public long? ReadTo { get; private set; }

    /// <summary>Bytes of openings before <see cref="Position"/> that are still to be shipped as interrupted events.</summary>
    public long OwedBytes
    {
        get
        {
            if (_recovered is null) return 0;
            var shipped = (int)Math.Max(0, Position - RecoveredBase);
            return _recovered.Skip(shipped).TakeWhile(opening => opening.Ordinal < Position).Sum(static opening => (long)opening.Bytes);
        }
    }

    /// <summary>Frames that cannot be read any more, found so far.</summary>
    public long DamagedFrames { get; private set; }

    public SegmentFault? Damage { get; private set; }

    /// <summary>Openings that are to be shipped as interrupted events.</summary>
    public int RecoveredOpenings => _recovered?.Count ?? 0;

    /// <summary>The position that was stored in the folder after the last commit; null when there is none.</summary>
    /// <exception cref="IOException">The disk does not give what it holds.</exception>
    public long? Checkpoint() => SmallFile.Read(epoch.Folder, CheckpointFile) is { Length: sizeof(long) } bytes ? BinaryPrimitives.ReadInt64LittleEndian(bytes) : null;

    public void StoreCheckpoint(long position)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, position);
        SmallFile.Write(epoch.Folder, CheckpointFile, bytes, isDurable: false);
    }

    /// <returns>Frames that were shipped and are no longer on the disk: the position is past the epoch's end.</returns>
    public long Seek(long position)
    {
        if (isClosed && _recovered is null) _recovered = FindOpenings();
        _cursor?.Dispose();
        _cursor = null;
        ReadTo = null;
        var end = epoch.Store.NextOrdinal;
        if (position >= RecoveredBase)
        {
            Position = position;
            return 0;
        }

        if (position > end)
        {
            // Ends of these openings may be among what was shipped: shipping them again would double events.
            _recovered?.Clear();
            Position = isClosed ? RecoveredBase : end;
            return position - end;
        }

        Position = Math.Max(position, epoch.Store.FirstOrdinal);
        CountDamage(position, Position);
        ReadTo = AddressOf(Position);
        _cursor = epoch.Store.ReadFrom(Position);
        return 0;
    }

    /// <summary>The next event to ship.</summary>
    /// <param name="position">Its own; <see cref="Position"/> is behind it.</param>
    /// <returns>False at the end: for now in the live epoch, for good in an earlier one.</returns>
    public bool TryRead(out SpoolFrame frame, out long position)
    {
        while (_cursor is not null)
        {
            position = Position;
            var outcome = _cursor.Read(out var place, out var payload);
            if (outcome == CursorOutcome.Corrupt)
            {
                ReadTo = null;
                Damage ??= _cursor.Fault;
                _cursor.PassFault();
                CountDamage(Position, _cursor.NextOrdinal);
                Position = _cursor.NextOrdinal;
                continue;
            }

            if (outcome != CursorOutcome.Frame) break;
            Position = _cursor.NextOrdinal;
            ReadTo = place.Address + SegmentStore.FrameOverheadBytes + payload.Length;
            if (SpoolFrame.TryRead(payload, out frame) && frame.Kind == SpoolFrameKind.Event) return true;
        }

        return TryReadRecovered(out frame, out position);
    }

    /// <summary>Frames below it are not needed any more.</summary>
    public long NeededFrom(long position) => position < RecoveredBase && _recovered is [var first, ..] ? Math.Min(position, first.Ordinal) : position;

    public void Dispose() => _cursor?.Dispose();

    private bool TryReadRecovered(out SpoolFrame frame, out long position)
    {
        frame = default;
        position = Position;
        if (!isClosed) return false;
        if (Position < RecoveredBase) Position = position = RecoveredBase;
        while (Position - RecoveredBase < RecoveredOpenings)
        {
            var opening = _recovered![(int)(Position - RecoveredBase)];
            position = Position++;
            if (_opening.Length < opening.Bytes) _opening = new byte[opening.Bytes];
            var bytes = _opening.AsSpan(0, opening.Bytes);
            var outcome = epoch.Store.ReadAt(opening.Address, bytes, out var fault);
            if (outcome == CursorOutcome.Frame && SpoolFrame.TryRead(bytes[SegmentStore.FrameOverheadBytes..], out frame)) return true;
            Damage ??= fault;
            CountDamage(position, position + 1);
        }

        return false;
    }

    private long? AddressOf(long ordinal)
    {
        using var cursor = epoch.Store.ReadFrom(ordinal);
        return cursor.Read(out var place, out _) == CursorOutcome.Frame ? place.Address : null;
    }

    /// <summary>Each frame counts once, however often it is met after transactions that did not commit.</summary>
    private void CountDamage(long from, long to)
    {
        DamagedFrames += Math.Max(0, to - Math.Max(from, _damagedTo));
        _damagedTo = Math.Max(_damagedTo, to);
    }

    private List<RecoveredOpening> FindOpenings()
    {
        var open = new Dictionary<long, RecoveredOpening>();
        using var cursor = epoch.Store.ReadFrom(epoch.Store.FirstOrdinal);
        while (true)
        {
            var outcome = cursor.Read(out var place, out var payload);
            if (outcome == CursorOutcome.Corrupt)
            {
                // Their ends may be in what cannot be read, and may have been shipped before it broke.
                Damage ??= cursor.Fault;
                return [];
            }

            if (outcome != CursorOutcome.Frame) break;
            if (!SpoolFrame.TryRead(payload, out var frame)) continue;
            if (frame.Kind == SpoolFrameKind.Opening) open[frame.Sequence] = new(place.Ordinal, place.Address, SegmentStore.FrameOverheadBytes + payload.Length);
            else open.Remove(frame.Sequence);
        }

        return [.. open.Values.OrderBy(static opening => opening.Ordinal)];
    }
}
