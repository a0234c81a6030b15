using Pipeline.EsSink.Indexing;
using Pipeline.Schemas;

namespace Pipeline.EsSink.Viewing;

/// <summary>
/// The document store of one process: the newest revision of every event, in memory, and sums over them by minute, hour and day. Events
/// beyond the bound are folded, oldest minute first: only their sums stay. What arrives later for a folded minute is counted and not
/// added, because it can no longer be told from a repetition.
/// </summary>
/// <remarks>
/// Safe for all threads. Questions take the lock for one slot of time at once, never for the whole answer, so that events need not
/// wait. Rebuilt at start by <see cref="DocumentViewLoader"/>; the same class serves the simulation.
/// </remarks>
public sealed class DocumentView(int maxEvents = DocumentView.DefaultMaxEvents) : IDocumentStore
{
    /// <summary>Some 300 bytes each, the index included.</summary>
    public const int DefaultMaxEvents = 1_000_000;

    /// <summary>Events that are held whole.</summary>
    public const int MaxLatest = 1_000;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, Dictionary<Guid, EventFigures>> _minutes = [];
    private readonly FigureStore _sums = new();
    private readonly GroupNames _names = new();
    private readonly LatestEvents _latest = new(MaxLatest);
    private long _foldedBefore = long.MinValue;
    private int _events;
    private long _lateAfterFold;

    /// <summary>Events held one by one.</summary>
    public int EventCount
    {
        get { lock (_gate) return _events; }
    }

    /// <summary>Events that came after their minute had been folded, and are in no sum.</summary>
    public long LateAfterFold
    {
        get { lock (_gate) return _lateAfterFold; }
    }

    /// <summary>Sums held, by slot of time and group.</summary>
    public int SumCount
    {
        get { lock (_gate) return _sums.SumCount; }
    }

    /// <summary>There are no indices here.</summary>
    public CreateIndexReply CreateIndex(string index, CancellationToken stop) => CreateIndexReply.Ok;

    public BulkReply Write(BulkRequest request, CancellationToken stop)
    {
        var replies = new ItemReply[request.Items.Count];
        for (var i = 0; i < replies.Length; i++)
            replies[i] = new ItemReply(Put(request.Items[i].Usage) ? ItemVerdict.Stored : ItemVerdict.AlreadyThere);
        return BulkReply.Answered(replies);
    }

    /// <returns>False when an equal or newer revision is there, or the event's minute has been folded.</returns>
    public bool Put(LlmUsage usage)
    {
        lock (_gate)
        {
            var minute = MinuteOf(usage.EventTime);
            if (minute < _foldedBefore)
            {
                _lateAfterFold++;
                return false;
            }

            if (!_minutes.TryGetValue(minute, out var events)) _minutes[minute] = events = [];
            if (events.TryGetValue(usage.EventId, out var known))
            {
                if (known.Revision >= usage.Revision) return false;
                _sums.Add(known, -1);
            }
            else
            {
                _events++;
            }

            var figures = new EventFigures(usage) { Group = _names.GroupOf(usage), Error = _names.ErrorOf(usage) };
            events[usage.EventId] = figures;
            _sums.Add(figures, 1);
            _latest.Put(usage);
            while (_events > maxEvents) FoldOldestMinute();
            return true;
        }
    }

    /// <summary>Sums per group of the events from <paramref name="from"/> up to, not including, <paramref name="to"/>.</summary>
    /// <remarks>
    /// Where events are folded, an hour counts whole if it begins within the range; beyond the hours that are held, a day.
    /// </remarks>
    /// <returns>Largest cost first, then most calls.</returns>
    public IReadOnlyList<UsageGroup> Sum(DateTimeOffset from, DateTimeOffset to)
    {
        var groups = new Dictionary<UsageGroupKey, UsageSums>();
        var (fromHour, toHour) = (HourFrom(from), to.UtcTicks / TimeSpan.TicksPerHour);
        List<(FigureSeries Series, long Slot)> slots;
        bool isHeadHeld, isTailHeld;
        lock (_gate)
        {
            (isHeadHeld, isTailHeld) = (IsHeld(HourAt(from.UtcTicks / TimeSpan.TicksPerHour)), IsHeld(HourAt(toHour)));
            slots = _sums.WholeHours(fromHour, isTailHeld ? toHour : HourFrom(to));
        }

        // Below an hour only the events themselves tell.
        if (isHeadHeld) AddEvents(groups, from, Min(to, HourAt(fromHour)));
        if (isTailHeld && toHour >= fromHour) AddEvents(groups, HourAt(toHour), to);
        foreach (var (series, slot) in slots)
        {
            lock (_gate)
            {
                foreach (var (group, sums) in series.At(slot) ?? new Dictionary<GroupName, FigureSums>())
                    groups[group.Key] = groups.GetValueOrDefault(group.Key) + sums.ToUsageSums();
            }
        }

        return [.. groups.Select(static group => new UsageGroup(group.Key, group.Value))
            .OrderByDescending(static group => group.Sums.Cost).ThenByDescending(static group => group.Sums.Calls)
            .ThenBy(static group => group.Key.ToString(), StringComparer.Ordinal)];
    }

    /// <summary>Everything that is shown of a time range, by period. The range is widened to whole periods.</summary>
    public FigureAnswer Figures(FigureQuery query)
    {
        FigurePlan plan;
        lock (_gate) plan = _sums.Plan(query);
        var collector = new FigureCollector(query, plan.From.UtcTicks, plan.To.UtcTicks, plan.Step.Ticks);
        foreach (var slot in plan.Slots)
        {
            lock (_gate)
            {
                if (plan.Series.At(slot) is { } groups) collector.Add(slot * plan.Series.SlotTicks, groups);
            }
        }

        return collector.ToAnswer();
    }

    /// <summary>The newest events by event time, newest first.</summary>
    /// <param name="count">At most <see cref="MaxLatest"/>.</param>
    public IReadOnlyList<LlmUsage> Latest(int count) => Latest(count, static _ => true);

    /// <summary>Of the <see cref="MaxLatest"/> newest events those that are wanted, newest first.</summary>
    public IReadOnlyList<LlmUsage> Latest(int count, Predicate<LlmUsage> isWanted)
    {
        lock (_gate) return _latest.Newest(count, isWanted);
    }

    /// <returns>Null when it is not one of the <see cref="MaxLatest"/> newest.</returns>
    public LlmUsage? FindLatest(Guid eventId)
    {
        lock (_gate) return _latest.Find(eventId);
    }

    /// <summary>Every event that is held, in no order: for conservation checks.</summary>
    public IReadOnlyList<ViewedEvent> Events()
    {
        lock (_gate)
            return [.. _minutes.Values.SelectMany(static rows => rows).Select(static row => new ViewedEvent(row.Key, row.Value.Revision, row.Value.NetTotal))];
    }

    private static long MinuteOf(DateTimeOffset time) => time.UtcTicks / TimeSpan.TicksPerMinute;

    private static long HourFrom(DateTimeOffset time) => time.UtcTicks / TimeSpan.TicksPerHour + (time.UtcTicks % TimeSpan.TicksPerHour == 0 ? 0 : 1);

    private static DateTimeOffset HourAt(long hour) => new(Math.Min(hour * TimeSpan.TicksPerHour, DateTimeOffset.MaxValue.UtcTicks), TimeSpan.Zero);

    private static DateTimeOffset Min(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private bool IsHeld(DateTimeOffset time) => MinuteOf(time) >= _foldedBefore;

    /// <summary>Adds the events of a part of an hour one by one, a minute under each lock.</summary>
    private void AddEvents(Dictionary<UsageGroupKey, UsageSums> groups, DateTimeOffset from, DateTimeOffset to)
    {
        for (var minute = MinuteOf(from); minute * TimeSpan.TicksPerMinute < to.UtcTicks; minute++)
        {
            lock (_gate)
            {
                if (!_minutes.TryGetValue(minute, out var events)) continue;
                foreach (var one in events.Values)
                {
                    if (one.EventTime < from || one.EventTime >= to) continue;
                    groups[one.Group.Key] = groups.GetValueOrDefault(one.Group.Key) + one.ToUsageSums();
                }
            }
        }
    }

    private void FoldOldestMinute()
    {
        var (minute, events) = _minutes.First();
        _minutes.Remove(minute);
        _events -= events.Count;
        _foldedBefore = minute + 1;
    }
}
