using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Routing;

/// <summary>
/// What becomes of a budget's route on one partition when the budget is added, removed, or back-filled: pure functions from route to route.
/// Everything before the group's position is either counted or in a gap, so that adding, removing and adding again neither loses nor doubles.
/// </summary>
internal static class RouteChanges
{
    /// <summary>An aggregate may be of a minute this long after it was appended, by a caller's clock that is ahead.</summary>
    private static readonly TimeSpan ClockAhead = TimeSpan.FromHours(1);

    /// <summary>The budget is configured: it is counted from the position on, and what was not counted before becomes a gap to fill.</summary>
    /// <param name="route">Null when it was never counted.</param>
    /// <param name="since">Start of the current period: earlier ones are not filled.</param>
    /// <returns>The same route when nothing changes.</returns>
    public static BudgetRoute Start(BudgetRoute? route, RoutedBudget budget, int partition, long position, DateTimeOffset since)
    {
        if (route is { Active: true }) return route;
        var open = route is null ? [new RouteGap { From = 0 }] : route.Gaps;
        var gaps = new List<RouteGap>();
        foreach (var gap in open)
        {
            var closed = gap with { To = gap.To ?? position, Since = gap.Since > since ? gap.Since : since };
            if (closed.To > closed.From) gaps.Add(closed);
        }

        return new BudgetRoute
        {
            Definition = budget.Definition, Budget = budget.Budget.Id, Partition = partition, Active = true, Gaps = gaps, PartialUntil = route?.PartialUntil,
        };
    }

    /// <summary>The budget is not configured any more: it is not counted from the position on.</summary>
    public static BudgetRoute Stop(BudgetRoute route, long position) =>
        route.Active ? route with { Active = false, Gaps = [.. route.Gaps, new RouteGap { From = position }] } : route;

    /// <summary>Whether the aggregate is one that the back-fill up to now has left out and that is wanted.</summary>
    public static bool IsMissing(BudgetRoute route, long offset, DateTimeOffset minute)
    {
        foreach (var gap in route.Gaps)
            if (offset >= gap.From && offset < gap.To) return minute >= gap.Since;
        return false;
    }

    /// <summary>Everything before the offset is filled.</summary>
    /// <returns>The same route when nothing changes.</returns>
    public static BudgetRoute Fill(BudgetRoute route, long offset)
    {
        if (!route.Gaps.Any(gap => gap.From < offset)) return route;
        var left = route.Gaps.Select(gap => gap.From < offset ? gap with { From = offset } : gap).Where(static gap => gap.To is null || gap.From < gap.To);
        return route with { Gaps = [.. left] };
    }

    /// <summary>
    /// Notes that records at the beginning of a gap were deleted before they could be counted, if they may have been of its period.
    /// </summary>
    /// <param name="readFrom">First offset that is still there.</param>
    /// <param name="oldest">When the oldest record that is still there was appended; null when none is.</param>
    public static BudgetRoute NoteLoss(BudgetRoute route, RoutedBudget budget, long readFrom, DateTimeOffset? oldest)
    {
        foreach (var gap in route.Gaps)
        {
            if (gap.From >= readFrom || gap.Since is not { } since || oldest <= since - ClockAhead) continue;
            var until = budget.PeriodAt(since).End;
            if (route.PartialUntil is null || route.PartialUntil < until) return route with { PartialUntil = until };
        }

        return route;
    }

    /// <summary>Records appended before this hold nothing that the route wants.</summary>
    public static DateTimeOffset WantedFrom(BudgetRoute route) => (route.Gaps[0].Since ?? DateTimeOffset.MinValue.Add(ClockAhead)) - ClockAhead;
}
