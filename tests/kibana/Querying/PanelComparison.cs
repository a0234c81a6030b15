using System.Text.Json;
using Pipeline.Kibana.Checking;
using Pipeline.Kibana.Tests.Expecting;

namespace Pipeline.Kibana.Tests.Querying;

/// <summary>What the panels of an import file show beside what they must show.</summary>
internal static class PanelComparison
{
    /// <summary>Sums of doubles in another order differ in their last digits.</summary>
    private const double Tolerance = 1e-9;

    /// <returns>Null when the panel shows what is expected of it over all known events; else where it differs.</returns>
    public static string? Compare(string file, string panel, SearchServer server) =>
        Difference(PanelExpectations.All[panel].Rows(KnownEvents.All), Show(file, panel, "", server));

    /// <param name="controls">KQL of what is picked in the controls; empty for nothing.</param>
    public static IReadOnlyList<Row> Show(string file, string panel, string controls, SearchServer server) =>
        PanelRows.Of(new PanelQuery(PanelsOf(file)[panel], TimeSpan.FromDays(KnownEvents.Days), KnownEvents.From, controls), server.Search);

    /// <summary>Null when both are the same rows, in whatever order.</summary>
    public static string? Difference(IReadOnlyList<Row> expected, IReadOnlyList<Row> shown)
    {
        static IEnumerable<Row> Sorted(IReadOnlyList<Row> rows) => rows.OrderBy(static row => string.Join('\n', row.Keys), StringComparer.Ordinal);
        if (expected.Count == shown.Count && Sorted(expected).Zip(Sorted(shown)).All(static pair => IsSame(pair.First, pair.Second))) return null;
        var differing = Sorted(expected).Where(row => !shown.Any(other => IsSame(row, other))).Take(5).Select(static row => $"expected {row}")
            .Concat(Sorted(shown).Where(row => !expected.Any(other => IsSame(row, other))).Take(5).Select(static row => $"shown    {row}"));
        return $"{expected.Count} rows expected, {shown.Count} shown\n{string.Join('\n', differing)}";
    }

    private static bool IsSame(Row one, Row other) =>
        one.Keys.SequenceEqual(other.Keys) && one.Values.Count == other.Values.Count
        && one.Values.Zip(other.Values).All(static pair => IsSame(pair.First, pair.Second));

    private static bool IsSame(double? one, double? other) =>
        one is { } a && other is { } b ? Math.Abs(a - b) <= Tolerance * Math.Max(Math.Abs(a), Math.Abs(b)) : one == other;

    /// <summary>Lens attributes by `dashboard/panel`.</summary>
    public static Dictionary<string, JsonElement> PanelsOf(string file) =>
        (from line in file.TrimEnd('\n').Split('\n')
         let one = JsonSerializer.Deserialize<JsonElement>(line)
         where one.At("type").Text() == "dashboard"
         from panel in (JsonAt.Parse(one.At("attributes", "panelsJSON").Text()) ?? default).Items()
         select (Name: $"{one.At("id").Text()!["llm-usage-".Length..]}/{panel.At("panelIndex").Text()}", Attributes: PanelRules.Attributes(panel)))
        .ToDictionary(static panel => panel.Name, static panel => panel.Attributes);
}
