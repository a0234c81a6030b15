using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Rules;

/// <summary>
/// Divides time into periods as a wall clock in one time zone shows it. Every instant is in exactly one period, whatever the clocks do:
/// a day begins with the first instant whose wall time is at or past its midnight (which a shift of the clocks may skip or repeat), so it
/// may have 23, 24.5 or 25 hours.
/// </summary>
/// <remarks>
/// An hour is a run of at most 60 minutes between full hours of the wall clock: an hour that the clocks repeat is two periods, and where a
/// shift is not of whole hours, the hour it falls into is cut there. Not for use by two threads.
/// </remarks>
internal sealed class PeriodCalendar(PeriodKind kind, TimeZoneInfo zone)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Further than any zone's offset from UTC, and nearer than two shifts of the clocks.</summary>
    private static readonly TimeSpan Around = TimeSpan.FromHours(26);

    private BudgetPeriod _last;

    /// <summary>The period that the instant is in.</summary>
    public BudgetPeriod At(DateTimeOffset instant)
    {
        // Deltas come nearly in the order of time.
        if (!_last.Contains(instant)) _last = kind == PeriodKind.Hour ? HourAt(instant.UtcDateTime) : DaysAt(instant.UtcDateTime);
        return _last;
    }

    private BudgetPeriod HourAt(DateTime utc)
    {
        var offset = zone.GetUtcOffset(utc);
        var local = utc + offset;
        var start = local.AddTicks(-(local.Ticks % Hour.Ticks)) - offset;
        var end = start + Hour;
        if (zone.GetUtcOffset(start) != offset) start = ShiftBetween(start, utc);
        else if (zone.GetUtcOffset(end) != offset && ShiftBetween(utc, end) is var shift && shift < end) end = shift;
        return PeriodOf(start, end);
    }

    private BudgetPeriod DaysAt(DateTime utc)
    {
        var date = FirstDay((utc + zone.GetUtcOffset(utc)).Date);
        var (start, end) = (StartOf(date), StartOf(Next(date)));
        // Where the clocks go back over midnight, the wall shows the day before once more.
        while (utc >= end)
        {
            date = Next(date);
            (start, end) = (end, StartOf(Next(date)));
        }

        return PeriodOf(start, end);
    }

    private DateTime FirstDay(DateTime date) => kind switch
    {
        PeriodKind.Day => date,
        PeriodKind.Week => date.AddDays(-(((int)date.DayOfWeek + 6) % 7)),
        PeriodKind.Month => date.AddDays(1 - date.Day),
        _ => throw new NotSupportedException($"a budget's period is hour, day, week or month, not {kind}"),
    };

    private DateTime Next(DateTime firstDay) => kind switch
    {
        PeriodKind.Day => firstDay.AddDays(1),
        PeriodKind.Week => firstDay.AddDays(7),
        _ => firstDay.AddMonths(1),
    };

    /// <summary>The first instant, UTC, whose wall time is at or past midnight of the date.</summary>
    private DateTime StartOf(DateTime date)
    {
        var midnight = DateTime.SpecifyKind(date, DateTimeKind.Utc);
        var (before, after) = (zone.GetUtcOffset(midnight - Around), zone.GetUtcOffset(midnight + Around));
        var (early, late) = before > after ? (midnight - before, midnight - after) : (midnight - after, midnight - before);
        if (early + zone.GetUtcOffset(early) == midnight) return early;
        if (late + zone.GetUtcOffset(late) == midnight) return late;
        return ShiftBetween(early, late);
    }

    /// <summary>The first whole minute after <paramref name="from"/>, up to <paramref name="to"/>, at which the clocks have shifted.</summary>
    private DateTime ShiftBetween(DateTime from, DateTime to)
    {
        var offset = zone.GetUtcOffset(from);
        var (low, high) = (0L, (to - from).Ticks / TimeSpan.TicksPerMinute);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (zone.GetUtcOffset(from.AddMinutes(middle)) == offset) low = middle;
            else high = middle;
        }

        return from.AddMinutes(high);
    }

    private static BudgetPeriod PeriodOf(DateTime start, DateTime end) => new(new DateTimeOffset(start, TimeSpan.Zero), new DateTimeOffset(end, TimeSpan.Zero));
}
