using Pipeline.Schemas;

namespace Pipeline.AllInOne.Viewing;

/// <summary>
/// Usage by minute and group, from every event of `llm-usage`: the newest revision of each event counts once, however often
/// its record comes. Rebuilt at each start. Safe for all threads.
/// </summary>
internal sealed class UsageView
{
    /// <summary>Events that are known one by one, so that a newer revision can take the place of an older one.</summary>
    public const int MaxEvents = 500_000;

    /// <summary>Minutes that are kept apart; older ones are folded into their day.</summary>
    public const int MaxMinutes = 31 * 24 * 60;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, Counted> _events = [];
    private readonly Queue<Guid> _oldestFirst = new();
    private readonly SortedDictionary<DateTimeOffset, Dictionary<UsageGroup, UsageSums>> _minutes = [];
    private readonly Dictionary<string, long> _eventsByEnvironment = new(StringComparer.Ordinal);

    /// <summary>Counts the event, in place of its older revision if that was counted.</summary>
    /// <returns>False when it was counted before, with this revision or a newer one.</returns>
    public bool Apply(LlmUsage usage)
    {
        var time = usage.EventTime.UtcDateTime;
        var minute = new DateTimeOffset(time.Year, time.Month, time.Day, time.Hour, time.Minute, 0, TimeSpan.Zero);
        var counted = new Counted(usage.Revision, minute, UsageGroup.Of(usage), UsageSums.Of(usage));
        lock (_gate)
        {
            if (_events.TryGetValue(usage.EventId, out var older))
            {
                if (older.Revision >= counted.Revision) return false;
                Add(older.Minute, older.Group, default(UsageSums) - older.Sums);
            }
            else
            {
                _oldestFirst.Enqueue(usage.EventId);
                if (_oldestFirst.Count > MaxEvents) _events.Remove(_oldestFirst.Dequeue());
                var environment = usage.Attribution.Environment ?? "";
                _eventsByEnvironment[environment] = _eventsByEnvironment.GetValueOrDefault(environment) + 1;
            }

            _events[usage.EventId] = counted;
            Add(counted.Minute, counted.Group, counted.Sums);
            if (_minutes.Count > MaxMinutes) FoldOldest();
            return true;
        }
    }

    /// <summary>Sums of the whole minutes that touch the range, by descending cost.</summary>
    /// <param name="from">Inclusive; null = from the beginning.</param>
    /// <param name="to">Exclusive; null = to the end.</param>
    public IReadOnlyList<(UsageGroup Group, UsageSums Sums)> Query(DateTimeOffset? from, DateTimeOffset? to)
    {
        var groups = new Dictionary<UsageGroup, UsageSums>();
        lock (_gate)
        {
            foreach (var (minute, sums) in _minutes)
            {
                if (minute.AddMinutes(1) <= from) continue;
                if (minute >= to) break;
                foreach (var (group, one) in sums) groups[group] = groups.GetValueOrDefault(group) + one;
            }
        }

        return [.. groups.Where(static pair => pair.Value.Calls != 0).Select(static pair => (pair.Key, pair.Value))
            .OrderByDescending(static pair => pair.Value.CostUsd).ThenByDescending(static pair => pair.Value.Calls)
            .ThenBy(static pair => pair.Key.Tenant, StringComparer.Ordinal)
            .ThenBy(static pair => pair.Key.Team, StringComparer.Ordinal)
            .ThenBy(static pair => pair.Key.Model, StringComparer.Ordinal)];
    }

    /// <summary>Distinct events seen whose attribution names this environment.</summary>
    public long EventsOf(string environment)
    {
        lock (_gate) return _eventsByEnvironment.GetValueOrDefault(environment);
    }

    private void Add(DateTimeOffset minute, UsageGroup group, UsageSums sums)
    {
        if (!_minutes.TryGetValue(minute, out var groups)) _minutes[minute] = groups = [];
        groups[group] = groups.GetValueOrDefault(group) + sums;
    }

    /// <summary>Moves the oldest minute into the first minute of its day.</summary>
    private void FoldOldest()
    {
        foreach (var minute in _minutes.Keys)
        {
            var day = new DateTimeOffset(minute.UtcDateTime.Date, TimeSpan.Zero);
            if (minute == day) continue;
            _minutes.Remove(minute, out var groups);
            foreach (var (group, sums) in groups!) Add(day, group, sums);
            return;
        }
    }

    private readonly record struct Counted(int Revision, DateTimeOffset Minute, UsageGroup Group, UsageSums Sums);
}
