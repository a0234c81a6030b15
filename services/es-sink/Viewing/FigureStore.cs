namespace Pipeline.EsSink.Viewing;

/// <summary>
/// The sums of all events by minute, hour and day, each in a series of its own, so that no question needs the events. Minutes
/// reach back hours, hours weeks, days more than a year.
/// </summary>
/// <remarks>
/// Not safe for threads. Its owner may ask for one slot at a time under its lock: an event lies in one slot, so that an answer put together
/// while events arrive is still whole for each of them.
/// </remarks>
internal sealed class FigureStore
{
    public const int MaxMinutes = 8 * 60;
    public const int MaxHours = 21 * 24;
    public const int MaxDays = 400;

    private static readonly TimeSpan[] Steps =
    [
        .. new[] { 1, 2, 5, 10, 15, 30 }.Select(static minutes => TimeSpan.FromMinutes(minutes)),
        .. new[] { 1, 2, 3, 6, 12 }.Select(static hours => TimeSpan.FromHours(hours)),
        .. new[] { 1, 2, 7 }.Select(static days => TimeSpan.FromDays(days)),
    ];

    private readonly FigureSeries _minutes = new(TimeSpan.TicksPerMinute, 60, MaxMinutes);
    private readonly FigureSeries _hours = new(TimeSpan.TicksPerHour, 24, MaxHours);
    private readonly FigureSeries _days = new(TimeSpan.TicksPerDay, 1, MaxDays);

    /// <summary>Sums held, of all series.</summary>
    public int SumCount => _minutes.SumCount + _hours.SumCount + _days.SumCount;

    /// <summary>Start of the oldest day of which anything is held.</summary>
    public DateTimeOffset? Oldest => _days.Oldest is { } day ? new DateTimeOffset(day * TimeSpan.TicksPerDay, TimeSpan.Zero) : null;

    /// <param name="sign">1 adds; -1 takes out what was added before.</param>
    public void Add(EventFigures one, int sign)
    {
        _minutes.Add(one, sign);
        _hours.Add(one, sign);
        _days.Add(one, sign);
    }

    /// <summary>The narrowest periods that fit the bound and are held so far back.</summary>
    public FigurePlan Plan(FigureQuery query)
    {
        var from = query.From ?? Oldest ?? query.To.AddTicks(-TimeSpan.TicksPerDay);
        if (from >= query.To) from = query.To.AddTicks(-1);
        foreach (var step in Steps)
        {
            var (start, end) = (Floor(from, step), Floor(query.To.AddTicks(step.Ticks - 1), step));
            if ((end - start) / step > FigureAnswer.MaxPeriods) continue;
            var series = step < TimeSpan.FromHours(1) ? _minutes : step < TimeSpan.FromDays(1) ? _hours : _days;
            if (series == _days || (series.Covers(start) && (end - start).Ticks <= series.MaxTicks)) return PlanOf(series, start, end, step);
        }

        // More than the days that are held: their widest step, from the first that the bound lets in.
        var widest = Steps[^1];
        var last = Floor(query.To.AddTicks(widest.Ticks - 1), widest);
        return PlanOf(_days, last - FigureAnswer.MaxPeriods * widest, last, widest);
    }

    /// <summary>Slots that make up the time from one whole hour to another: days, and hours where they are held.</summary>
    public List<(FigureSeries Series, long Slot)> WholeHours(long fromHour, long toHour)
    {
        var slots = new List<(FigureSeries, long)>();
        var firstHour = Math.Max(fromHour, _hours.Reach);
        // Beyond the hours' reach a day counts whole, if it begins within the range.
        if (fromHour < _hours.Reach)
        {
            var firstDay = Math.DivRem(fromHour + 23, 24).Quotient;
            foreach (var day in _days.SlotsBetween(firstDay, Math.Min(Math.DivRem(toHour + 23, 24).Quotient, _hours.Reach / 24))) slots.Add((_days, day));
        }

        foreach (var hour in _hours.SlotsBetween(firstHour, toHour)) slots.Add((_hours, hour));
        return slots;
    }

    private static FigurePlan PlanOf(FigureSeries series, DateTimeOffset start, DateTimeOffset end, TimeSpan step) =>
        new(start, end, step, series, series.SlotsBetween(series.SlotOf(start), series.SlotOf(end)));

    private static DateTimeOffset Floor(DateTimeOffset time, TimeSpan step) => new(time.UtcTicks / step.Ticks * step.Ticks, TimeSpan.Zero);
}

/// <summary>Which slots answer a question.</summary>
internal sealed record FigurePlan(DateTimeOffset From, DateTimeOffset To, TimeSpan Step, FigureSeries Series, List<long> Slots);
