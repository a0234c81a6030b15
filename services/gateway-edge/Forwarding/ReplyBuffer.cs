using System.Buffers;
using Pipeline.GatewayEdge.Metering;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>
/// Bytes of a reply between the upstream and the caller: those that may not leave yet, and behind them the chunk just read, so
/// that the meter's region is always one piece of memory.
/// </summary>
internal sealed class ReplyBuffer
{
    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Filled => _bytes.AsSpan(0, Length);

    public bool IsFull => Length == _bytes.Length;

    /// <summary>Takes memory from the pool; what is held already stays.</summary>
    public void Open(int bytes)
    {
        if (_bytes.Length < bytes) Grow(bytes);
    }

    /// <summary>Gives the memory back. No read may be under way.</summary>
    public void Close()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        Length = 0;
    }

    /// <summary>Where the next bytes are to be read into; grows, because held bytes must not stop the reply.</summary>
    public Memory<byte> Free(int atLeast)
    {
        if (_bytes.Length - Length < atLeast) Grow(2 * _bytes.Length);
        return _bytes.AsMemory(Length);
    }

    public void Advance(int count) => Length += count;

    /// <summary>Sends the region up to <paramref name="end"/>, without what the plan cuts out; the rest is held.</summary>
    public void SendTo(ReplyWriter writer, int end, in ReplyPlan plan)
    {
        if (end >= Length && plan.CutLength == 0)
        {
            writer.Write(Filled);
            Length = 0;
            return;
        }

        var cutStart = Math.Clamp(plan.CutStart, 0, end);
        var cutEnd = Math.Clamp(plan.CutEnd, cutStart, end);
        writer.Write(_bytes.AsSpan(0, cutStart));
        writer.Write(_bytes.AsSpan(cutEnd, end - cutEnd));
        _bytes.AsSpan(end, Length - end).CopyTo(_bytes);
        Length -= end;
    }

    private void Grow(int bytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent(bytes);
        Filled.CopyTo(larger);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
