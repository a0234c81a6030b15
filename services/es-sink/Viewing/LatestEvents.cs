using Pipeline.Schemas;

namespace Pipeline.EsSink.Viewing;

/// <summary>The events with the newest event times, whole, in their newest revision.</summary>
/// <remarks>Not safe for threads.</remarks>
internal sealed class LatestEvents(int maxEvents)
{
    private readonly SortedSet<(long Ticks, Guid Id)> _order = [];
    private readonly Dictionary<Guid, LlmUsage> _events = [];

    /// <param name="usage">A newer revision than any before.</param>
    public void Put(LlmUsage usage)
    {
        if (_events.TryGetValue(usage.EventId, out var older)) _order.Remove((older.EventTime.UtcTicks, older.EventId));
        _events[usage.EventId] = usage;
        _order.Add((usage.EventTime.UtcTicks, usage.EventId));
        if (_order.Count <= maxEvents) return;
        _events.Remove(_order.Min.Id);
        _order.Remove(_order.Min);
    }

    public LlmUsage? Find(Guid id) => _events.GetValueOrDefault(id);

    /// <summary>Newest first.</summary>
    public IReadOnlyList<LlmUsage> Newest(int count, Predicate<LlmUsage> isWanted)
    {
        var found = new List<LlmUsage>();
        foreach (var (_, id) in _order.Reverse())
        {
            if (found.Count >= count) break;
            if (isWanted(_events[id])) found.Add(_events[id]);
        }

        return found;
    }
}
