using System.Buffers;
using System.Buffers.Binary;

namespace Pipeline.Runtime.Segments;

internal enum ScanOutcome
{
    Frame,

    /// <summary>The limit was reached exactly after a frame.</summary>
    End,

    /// <summary>What is at the position is not a whole, good frame.</summary>
    Bad,
}

/// <summary>Reads frames of one segment in large pieces: recovery, reading and the index of the embedded log all go through here.</summary>
internal sealed class FrameScan : IDisposable
{
    private const int PieceBytes = 1024 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private int _start;
    private int _end;

    /// <summary>Bytes from the file's start, of the next frame.</summary>
    public long Position { get; private set; }

    public string? BadReason { get; private set; }

    public void Begin(long position)
    {
        Position = position;
        (_start, _end) = (0, 0);
        BadReason = null;
    }

    /// <param name="limit">Bytes of the file that may be read.</param>
    /// <param name="payload">Valid until the next call.</param>
    /// <exception cref="IOException">The disk does not give what it holds.</exception>
    public ScanOutcome Next(ISegmentFile file, uint seed, long startAddress, long limit, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (Position == limit) return ScanOutcome.End;
        if (!Have(file, SegmentFormat.FrameHeaderBytes, limit)) return Bad("a frame's header is cut off");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(_start));
        var checksum = BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(_start + 4));
        if (length is 0 or > SegmentFormat.MaxPayloadBytes) return Bad($"a frame's length cannot be {length}");
        var size = SegmentFormat.FrameHeaderBytes + (int)length;
        if (!Have(file, size, limit)) return Bad("a frame is cut off");

        payload = _buffer.AsSpan(_start + SegmentFormat.FrameHeaderBytes, (int)length);
        if (SegmentFormat.FrameChecksum(seed, startAddress + Position, payload) != checksum)
        {
            payload = default;
            return Bad("a frame's checksum does not match");
        }

        _start += size;
        Position += size;
        return ScanOutcome.Frame;
    }

    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private ScanOutcome Bad(string reason)
    {
        BadReason = reason;
        return ScanOutcome.Bad;
    }

    private bool Have(ISegmentFile file, int bytes, long limit)
    {
        if (_end - _start >= bytes) return true;
        if (limit - Position < bytes) return false;
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        var wanted = (int)Math.Max(bytes, Math.Min(PieceBytes, limit - Position));
        if (_buffer.Length < wanted) Grow(wanted);
        _end += file.Read(_buffer.AsSpan(_end, wanted - _end), Position + _end);
        return _end >= bytes;
    }

    private void Grow(int bytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent(bytes);
        _buffer.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
