using Pipeline.EsSink.Indexing;
using Pipeline.EsSink.Rendering;
using Pipeline.Schemas;

namespace Pipeline.EsSink.Viewing;

/// <summary>
/// The document store of one process: the newest revision of every event, in memory. Events beyond the bound are folded,
/// oldest hour first, into sums per day; what arrives later for a folded hour is counted and not added, because it can no
/// longer be told from a repetition.
/// </summary>
/// <remarks>Safe for all threads. Rebuilt at start by <see cref="DocumentViewLoader"/>; the same class serves the simulation.</remarks>
public sealed class DocumentView(int maxEvents = DocumentView.DefaultMaxEvents) : IDocumentStore
{
    /// <summary>Some 200 bytes each.</summary>
    public const int DefaultMaxEvents = 500_000;

    public const int MaxLatest = 1_000;

    /// <summary>Days of folded sums that are kept.</summary>
    public const int MaxFoldedDays = 400;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, Dictionary<Guid, Row>> _hours = [];
    private readonly SortedDictionary<DateOnly, Dictionary<UsageGroupKey, UsageSums>> _foldedDays = [];
    private readonly LlmUsage?[] _latest = new LlmUsage?[MaxLatest];
    private long _latestCount;
    private long _foldedBefore = long.MinValue;
    private int _events;
    private long _lateAfterFold;

    private sealed record Row(int Revision, DateTimeOffset EventTime, UsageGroupKey Key, UsageSums Sums, decimal? NetTotal);

    /// <summary>Events held one by one.</summary>
    public int EventCount
    {
        get { lock (_gate) return _events; }
    }

    /// <summary>Events that came after their hour had been folded, and are in no sum.</summary>
    public long LateAfterFold
    {
        get { lock (_gate) return _lateAfterFold; }
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

    /// <returns>False when an equal or newer revision is there, or the event's hour has been folded.</returns>
    public bool Put(LlmUsage usage)
    {
        lock (_gate)
        {
            var hour = HourOf(usage.EventTime);
            if (hour < _foldedBefore)
            {
                _lateAfterFold++;
                return false;
            }

            if (!_hours.TryGetValue(hour, out var rows)) _hours[hour] = rows = [];
            if (rows.TryGetValue(usage.EventId, out var known))
            {
                if (known.Revision >= usage.Revision) return false;
            }
            else
            {
                _events++;
            }

            rows[usage.EventId] = new Row(usage.Revision, usage.EventTime, UsageGroupKey.Of(usage), UsageSums.Of(usage), usage.Cost.NetTotal);
            _latest[_latestCount++ % MaxLatest] = usage;
            while (_events > maxEvents) FoldOldestHour();
            return true;
        }
    }

    /// <summary>Sums per group of the events from <paramref name="from"/> up to, not including, <paramref name="to"/>.</summary>
    /// <remarks>Folded events count by their whole day, if it begins within the range.</remarks>
    /// <returns>Largest cost first, then most calls.</returns>
    public IReadOnlyList<UsageGroup> Sum(DateTimeOffset from, DateTimeOffset to)
    {
        var groups = new Dictionary<UsageGroupKey, UsageSums>();
        lock (_gate)
        {
            foreach (var (day, sums) in _foldedDays)
            {
                var start = new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
                if (start < from || start >= to) continue;
                foreach (var (key, sum) in sums) groups[key] = groups.GetValueOrDefault(key) + sum;
            }

            foreach (var (hour, rows) in _hours)
            {
                if (hour < HourOf(from) || hour > HourOf(to)) continue;
                foreach (var row in rows.Values)
                {
                    if (row.EventTime >= from && row.EventTime < to) groups[row.Key] = groups.GetValueOrDefault(row.Key) + row.Sums;
                }
            }
        }

        return [.. groups.Select(static group => new UsageGroup(group.Key, group.Value))
            .OrderByDescending(static group => group.Sums.Cost).ThenByDescending(static group => group.Sums.Calls)
            .ThenBy(static group => group.Key.ToString(), StringComparer.Ordinal)];
    }

    /// <summary>The events that came last, newest first.</summary>
    /// <param name="count">At most <see cref="MaxLatest"/>.</param>
    public IReadOnlyList<LlmUsage> Latest(int count)
    {
        lock (_gate)
        {
            var available = (int)Math.Min(Math.Min(count, MaxLatest), _latestCount);
            var latest = new LlmUsage[Math.Max(0, available)];
            for (var i = 0; i < latest.Length; i++) latest[i] = _latest[(_latestCount - 1 - i) % MaxLatest]!;
            return latest;
        }
    }

    /// <summary>Every event that is held, in no order: for conservation checks.</summary>
    public IReadOnlyList<ViewedEvent> Events()
    {
        lock (_gate)
            return [.. _hours.Values.SelectMany(static rows => rows).Select(static row => new ViewedEvent(row.Key, row.Value.Revision, row.Value.NetTotal))];
    }

    private static long HourOf(DateTimeOffset time) => time.UtcTicks / TimeSpan.TicksPerHour;

    private void FoldOldestHour()
    {
        var (hour, rows) = _hours.First();
        var day = DayIndex.DayOf(new DateTimeOffset(hour * TimeSpan.TicksPerHour, TimeSpan.Zero));
        if (!_foldedDays.TryGetValue(day, out var sums)) _foldedDays[day] = sums = [];
        foreach (var row in rows.Values) sums[row.Key] = sums.GetValueOrDefault(row.Key) + row.Sums;
        _hours.Remove(hour);
        _events -= rows.Count;
        _foldedBefore = hour + 1;
        if (_foldedDays.Count > MaxFoldedDays) _foldedDays.Remove(_foldedDays.First().Key);
    }
}
