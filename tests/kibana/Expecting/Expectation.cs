using System.Globalization;
using Pipeline.Kibana.Tests.Querying;
using Pipeline.Schemas;

namespace Pipeline.Kibana.Tests.Expecting;

/// <summary>What a panel must show: the events put together by groups, and figures for each.</summary>
/// <param name="Groups">From the outermost inwards.</param>
/// <param name="Where">Null = all events.</param>
internal sealed record Expectation(IReadOnlyList<Split> Groups, IReadOnlyList<Figure> Figures, Predicate<LlmUsage>? Where = null)
{
    public IReadOnlyList<Row> Rows(IEnumerable<LlmUsage> events) => [.. Rows([.. events.Where(call => Where is null || Where(call))], 0, [])];

    private IEnumerable<Row> Rows(IReadOnlyList<LlmUsage> events, int depth, IReadOnlyList<string> keys) =>
        depth == Groups.Count
            ? [new Row(keys, [.. Figures.Select(figure => figure(events))])]
            : Groups[depth](events).SelectMany(group => Rows(group.Events, depth + 1, [.. keys, group.Key]));
}

/// <summary>Puts events into named groups; one may be in several.</summary>
internal delegate IEnumerable<(string Key, IReadOnlyList<LlmUsage> Events)> Split(IReadOnlyList<LlmUsage> events);

internal static class Splits
{
    /// <summary>Every day of the range, also one without events.</summary>
    public static Split ByDay => events =>
        from day in Enumerable.Range(0, KnownEvents.Days)
        let start = KnownEvents.From.AddDays(day)
        select (start.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Take(events, call => call.EventTime >= start && call.EventTime < start.AddDays(1)));

    /// <summary>The largest groups by a figure; events without a value are one of them.</summary>
    public static Split Top(int size, Func<LlmUsage, string?> value, Figure by, bool withOther = false) =>
        Top(size, call => [value(call) ?? Row.Missing], by, withOther);

    public static Split Top(int size, Func<LlmUsage, IEnumerable<string>> values, Figure by, bool withOther = false) => events =>
    {
        var groups = events.SelectMany(call => values(call).Select(value => (value, call))).GroupBy(static pair => pair.value, static pair => pair.call)
            .Select(static group => (group.Key, Events: (IReadOnlyList<LlmUsage>)[.. group]))
            .OrderByDescending(group => by(group.Events) ?? 0)
            // Elasticsearch breaks ties so.
            .ThenBy(static group => group.Key == Row.Missing ? PanelQuery.Missing : group.Key, StringComparer.Ordinal);
        var top = groups.Take(size).ToList();
        var others = Take(events, call => values(call).Any(value => !top.Exists(group => group.Key == value)));
        return withOther && others.Count > 0 ? top.Append((Row.Other, others)) : top;
    };

    public static Split Cases(params (string Key, Predicate<LlmUsage> When)[] cases) => events => cases.Select(one => (one.Key, Take(events, one.When)));

    private static IReadOnlyList<LlmUsage> Take(IReadOnlyList<LlmUsage> events, Predicate<LlmUsage> condition) => [.. events.Where(call => condition(call))];
}
