namespace Pipeline.EsSink.Viewing;

/// <summary>
/// Sums by group for each slot of time of one width. The oldest slots are given up, a block at a time, when they are too old or too
/// many: a coarser series has them too.
/// </summary>
/// <param name="slotTicks">Width of a slot.</param>
/// <param name="slotsOfBlock">Slots of one slot of the next coarser series: what is given up at once.</param>
/// <param name="maxSlots">From the oldest to the newest.</param>
/// <remarks>Not safe for threads.</remarks>
internal sealed class FigureSeries(long slotTicks, int slotsOfBlock, int maxSlots)
{
    /// <summary>Sums held, some 700 bytes each; a slot has one for each group that called in it.</summary>
    public const int MaxSums = 250_000;

    private readonly SortedDictionary<long, Dictionary<GroupName, FigureSums>> _slots = [];
    private int _sums;
    private long _oldest = long.MaxValue;
    private long _newest = long.MinValue;

    public long SlotTicks => slotTicks;

    /// <summary>What lies further back than this from the newest is given up.</summary>
    public long MaxTicks => slotTicks * maxSlots;

    /// <summary>Everything from this slot on is in the series.</summary>
    public long Reach { get; private set; } = long.MinValue;

    public long? Oldest => _slots.Count == 0 ? null : _oldest;

    public int SumCount => _sums;

    public long SlotOf(DateTimeOffset time) => Math.DivRem(time.UtcTicks, slotTicks).Quotient;

    public bool Covers(DateTimeOffset from) => SlotOf(from) >= Reach;

    /// <summary>Slots with events, from the first up to, not including, the second, in the order of time.</summary>
    public List<long> SlotsBetween(long from, long to) => [.. _slots.Keys.SkipWhile(slot => slot < from).TakeWhile(slot => slot < to)];

    public IReadOnlyDictionary<GroupName, FigureSums>? At(long slot) => _slots.GetValueOrDefault(slot);

    /// <param name="sign">1 adds; -1 takes out what was added before.</param>
    public void Add(EventFigures one, int sign)
    {
        var slot = SlotOf(one.EventTime);
        if (slot < Reach) return;
        if (!_slots.TryGetValue(slot, out var groups)) _slots[slot] = groups = [];
        if (!groups.TryGetValue(one.Group, out var sums))
        {
            groups[one.Group] = sums = new FigureSums();
            _sums++;
        }

        sums.Add(one, sign);
        if (sums.Calls == 0)
        {
            groups.Remove(one.Group);
            _sums--;
        }

        (_oldest, _newest) = (Math.Min(_oldest, slot), Math.Max(_newest, slot));
        while (_slots.Count > 0 && (_oldest <= _newest - maxSlots || _sums > MaxSums)) GiveUpOldestBlock();
    }

    private void GiveUpOldestBlock()
    {
        Reach = (_oldest / slotsOfBlock + 1) * slotsOfBlock;
        foreach (var slot in SlotsBetween(long.MinValue, Reach))
        {
            _sums -= _slots[slot].Count;
            _slots.Remove(slot);
        }

        _oldest = _slots.Count == 0 ? long.MaxValue : _slots.First().Key;
    }
}
