namespace Pipeline.UsageEnricher.Pricing;

/// <summary>When a set of rates holds, always in UTC.</summary>
/// <param name="From">First day; null = since ever.</param>
/// <param name="DailyFrom">Time of day, included; null = all day. May be later than <paramref name="DailyTo"/>: past midnight.</param>
/// <param name="DailyTo">Time of day, not included.</param>
/// <param name="Days">Days of the week, 1 = Monday to 7 = Sunday; null = every day.</param>
public sealed record EffectivePeriod(DateOnly? From, TimeSpan? DailyFrom, TimeSpan? DailyTo, IReadOnlyList<int>? Days = null)
{
    public static readonly EffectivePeriod Always = new(null, null, null);

    /// <param name="at">When the call was made; must be UTC.</param>
    public bool Holds(DateTime at)
    {
        if (From is { } from && DateOnly.FromDateTime(at) < from) return false;
        if (Days is { } days && !days.Contains(at.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)at.DayOfWeek)) return false;
        if (DailyFrom is not { } start || DailyTo is not { } end) return true;

        var time = at.TimeOfDay;
        return end < start ? time >= start || time < end : time >= start && time < end;
    }
}
