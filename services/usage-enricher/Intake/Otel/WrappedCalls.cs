namespace Pipeline.UsageEnricher.Intake.Otel;

/// <summary>
/// Finds calls that a record holds twice: a framework's span around its client library's. The inner one is booked, or the outer one where only
/// it has figures.
/// <code>
///   chat gpt-4o 100/20 ─── chat gpt-4o 100/20              the same call: same kind of operation and model, same figures
///   chat gpt-4o ────────── chat gpt-4o 100/20              the same: the outer tells no figures
///   chat gpt-4o 150/30 ─┬─ chat gpt-4o 100/20              the same: the outer sums what is directly below it, retries and steps
///                       └─ chat gpt-4o  50/10
///   chat gpt-4.1 ───────── embeddings ada                  two calls
///   chat gpt-4.1 ── execute_tool ── chat gpt-4.1           two calls: what an agent or a tool does is its own
/// </code>
/// </summary>
internal static class WrappedCalls
{
    /// <param name="calls">With what is above and below them.</param>
    public static void PassOver(IReadOnlyList<CallSpan> calls)
    {
        // From the tops down, then settled from the ends up; spans that are above themselves are reached from no top and stay as they are.
        var order = new List<CallSpan>(calls.Count);
        order.AddRange(calls.Where(static call => call.Above is null));
        for (var i = 0; i < order.Count; i++) order.AddRange(order[i].Below);
        for (var i = order.Count - 1; i >= 0; i--) Settle(order[i]);
    }

    private static void Settle(CallSpan outer)
    {
        outer.Inner = Wrapped(outer, [.. outer.Below.Where(outer.IsAlike)]);
        if (outer.Inner.Count == 0) return;
        if (!outer.Figures.AreTold || outer.Inner.Any(static call => call.Figures.AreTold)) outer.IsPassedOver = true;
        else PassOverInner(outer);
        if (!outer.Figures.AreTold) outer.Figures = Sum(outer.Inner);
    }

    private static CallSpan[] Wrapped(CallSpan outer, CallSpan[] alike)
    {
        if (!outer.Figures.AreTold || !alike.Any(static call => call.Figures.AreTold)) return alike;
        // One that tells the very figures is the call, whatever else is below.
        if (alike.Where(call => call.Figures.AreTold && outer.Figures.MayEqual(call.Figures)).ToArray() is { Length: > 0 } same) return same;
        if (outer.Figures.MayEqual(Sum(alike))) return alike;
        CallSpan[] direct = [.. alike.Where(static call => call.IsDirectlyBelow)];
        return outer.Figures.MayHold(Sum(direct)) ? direct : [];
    }

    private static void PassOverInner(CallSpan outer)
    {
        var below = new Stack<CallSpan>(outer.Inner);
        while (below.TryPop(out var call))
        {
            call.IsPassedOver = true;
            foreach (var inner in call.Inner) below.Push(inner);
        }
    }

    private static TokenBounds Sum(IEnumerable<CallSpan> calls) => TokenBounds.Sum(calls.Select(static call => call.Figures));
}
