using System.Numerics;

namespace Pipeline.EsSink.Viewing;

/// <summary>
/// Durations in microseconds, counted in slots whose width grows with the value: any quantile is off by at most
/// <see cref="MaxRelativeError"/>, and two histograms add up to the histogram of both. Counts can be taken out again.
/// </summary>
/// <remarks>Only slots in use take room: 6 bytes each. Not safe for threads.</remarks>
public sealed class DurationHistogram
{
    /// <summary>Slots of each doubling: 2 to the power of this.</summary>
    private const int SlotBits = 6;

    /// <summary>Of a quantile against the exact one: half a slot's width, 1/128.</summary>
    public const double MaxRelativeError = 1.0 / (2 << SlotBits);

    /// <summary>12 days; what is longer counts as this long.</summary>
    private const long MaxDurationUs = (1L << 40) - 1;

    /// <summary>Stands for "no duration".</summary>
    internal const ushort NoSlot = ushort.MaxValue;

    private ushort[] _slots = [];
    private int[] _counts = [];
    private int _used;

    public long Count { get; private set; }

    internal static ushort SlotOf(long durationUs)
    {
        var value = (ulong)Math.Clamp(durationUs, 0, MaxDurationUs);
        var shift = Math.Max(0, BitOperations.Log2(value | 1) - SlotBits);
        return (ushort)((shift << SlotBits) + (long)(value >> shift));
    }

    /// <summary>The middle of the slot.</summary>
    internal static double MiddleOf(ushort slot)
    {
        if (slot < 2 << SlotBits) return slot;
        var shift = (slot >> SlotBits) - 1;
        var low = (long)(slot - (shift << SlotBits)) << shift;
        return low + ((1L << shift) - 1) / 2.0;
    }

    internal void Add(ushort slot, int count)
    {
        if (slot == NoSlot || count == 0) return;
        Count += count;
        var at = Array.BinarySearch(_slots, 0, _used, slot);
        if (at >= 0)
        {
            _counts[at] += count;
            return;
        }

        at = ~at;
        if (_used == _slots.Length) Grow();
        Array.Copy(_slots, at, _slots, at + 1, _used - at);
        Array.Copy(_counts, at, _counts, at + 1, _used - at);
        (_slots[at], _counts[at]) = (slot, count);
        _used++;
    }

    internal void Add(DurationHistogram other)
    {
        for (var i = 0; i < other._used; i++) Add(other._slots[i], other._counts[i]);
    }

    /// <param name="share">0 to 1.</param>
    /// <returns>Microseconds; null when nothing was counted.</returns>
    public double? Quantile(double share)
    {
        if (Count <= 0) return null;
        var rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        var seen = 0L;
        for (var i = 0; i < _used; i++)
            if ((seen += _counts[i]) >= rank) return MiddleOf(_slots[i]);
        return null;
    }

    private void Grow()
    {
        var length = Math.Max(4, _used * 2);
        Array.Resize(ref _slots, length);
        Array.Resize(ref _counts, length);
    }
}
