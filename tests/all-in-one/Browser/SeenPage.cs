using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.AllInOne.Tests.Page;
using Pipeline.EsSink.Viewing;
using Pipeline.Schemas;

namespace Pipeline.AllInOne.Tests.Browser;

/// <summary>What stood on the page, to be held against the events of the log.</summary>
internal sealed partial class SeenPage(JsonElement seen)
{
    /// <summary>Half of the last of three digits that are shown.</summary>
    private const double ShownError = 0.005;

    public string Fault => seen.GetProperty("fault").GetString()!;

    /// <summary>What a browser or its user would stumble over.</summary>
    public IEnumerable<string> Problems => seen.GetProperty("problems").EnumerateArray().Select(static one => one.GetString()!);

    /// <summary>Where figures on the page are not those of the events, one line each.</summary>
    /// <param name="budgets">What the ledger says of each budget instance.</param>
    public IEnumerable<string> Differences(IReadOnlyList<LlmUsage> events, IReadOnlyDictionary<string, decimal> budgets)
    {
        var figures = seen.GetProperty("figures");
        if (figures.ValueKind == JsonValueKind.Null) return ["no figures were read"];
        var found = new List<string>();
        var measured = KnownLog.CostOf(events, false);
        Compare(found, "total cost", (Plain(measured), Shown(measured)), Both(figures, "cost"));
        CompareCount(found, "calls", events.Count, figures);
        CompareCount(found, "failed", events.Count(static usage => usage.Outcome != Outcome.Ok), figures);
        CompareCount(found, "unpriced", events.Count(KnownLog.IsUnpriced), figures);
        Compare(found, "tokens", events.Sum(static usage => (usage.Usage?.InputTotal ?? 0) + (usage.Usage?.OutputTotal ?? 0)).ToString(CultureInfo.InvariantCulture), Both(figures, "tokens").Value);
        CompareNamed(found, figures, "teams", events.GroupBy(static usage => usage.Attribution.Team ?? "no team"));
        CompareNamed(found, figures, "models", events.GroupBy(static usage => KnownLog.ModelOf(usage) ?? "no model"));
        CompareCounts(found, figures, "parts", Enumerable.Range(0, TokenParts.Count)
            .Select(part => (TokenParts.Names[part], events.Sum(usage => usage.Usage is null ? 0 : TokenParts.Read(usage.Usage, part) ?? 0))).Where(static one => one.Item2 > 0));
        CompareCounts(found, figures, "outcomes", events.GroupBy(static usage => usage.Outcome.Symbol()).Select(static one => (one.Key, (long)one.Count())));
        CompareCounts(found, figures, "costStatus", events.GroupBy(static usage => usage.Cost.Status.Symbol()).Select(static one => (one.Key, (long)one.Count())));
        CompareCounts(found, figures, "usageSource", events.GroupBy(static usage => usage.UsageSource.Symbol()).Select(static one => (one.Key, (long)one.Count())));
        CompareImpact(found, figures, events);
        CompareLatency(found, figures, events);
        foreach (var (instance, spent) in budgets)
            if (!Rows(figures, "budgets").Any(row => row.GetProperty("instance").GetString() == instance && Both(row, "spent").Value == Plain(spent)
                && Both(row, "spent").Text == "$" + Rounded(spent, 2))) found.Add($"budget {instance}: {spent} is not shown");
        Compare(found, "requests", string.Join(' ', events.OrderByDescending(static usage => usage.EventTime).Take(25).Select(static usage => usage.EventId)),
            string.Join(' ', Rows(figures, "requests").Select(static one => one.GetString())));
        CompareTrail(found, events);
        return found;
    }

    private void CompareTrail(List<string> found, IReadOnlyList<LlmUsage> events)
    {
        if (seen.GetProperty("trail") is not { ValueKind: JsonValueKind.Object } trail)
        {
            found.Add("no trail was read");
            return;
        }

        var usage = events.Single(one => one.EventId == trail.GetProperty("event").GetGuid());
        var text = trail.GetProperty("text").GetString()!;
        string[] facts =
        [
            usage.EventId.ToString(), usage.RequestId, usage.Edge.Id.ToString(), usage.Edge.Epoch, usage.Edge.Sequence.ToString(CultureInfo.InvariantCulture),
            $"{usage.Raw.Topic} partition {usage.Raw.Partition} offset {usage.Raw.Offset}", usage.Outcome.Symbol().Replace('_', ' '), usage.Attribution.Team!, usage.Attribution.User!,
        ];
        found.AddRange(facts.Where(fact => !text.Contains(fact, StringComparison.Ordinal)).Select(static fact => $"trail: {fact} is not shown"));
        if (usage.Cost.CatalogueVersion is { } version && !text.Contains(version, StringComparison.Ordinal)) found.Add("trail: the catalogue's version is not shown");
        if (usage.Impact?.Method is { } method && !text.Contains(method, StringComparison.Ordinal)) found.Add("trail: the impact's method is not shown");
        if (usage.Cost.NetTotal is { } net) Compare(found, "trail: cost", Plain(net), trail.TryGetProperty("net", out var shown) ? shown.GetString() : null);
        Compare(found, "trail: line items", string.Join(' ', usage.Cost.LineItems.Select(static item => Plain(item.NetAmount))),
            string.Join(' ', Rows(trail, "items").Select(static one => one.GetString())));
        if (usage.Usage is { } tokens)
            CompareCounts(found, trail, "parts", Enumerable.Range(0, TokenParts.Count).Where(part => TokenParts.Read(tokens, part) is not null).Select(part => (TokenParts.Names[part], TokenParts.Read(tokens, part)!.Value)));
    }

    private static void CompareNamed(List<string> found, JsonElement figures, string table, IEnumerable<IGrouping<string, LlmUsage>> groups)
    {
        var expected = groups.Select(static group => (Name: group.Key, Cost: KnownLog.CostOf(group, false), Calls: group.Count())).OrderByDescending(static one => one.Cost).ToList();
        var digits = DigitsOf(expected[0].Cost);
        var rows = Rows(figures, table).ToDictionary(static row => row.GetProperty("name").GetString()!);
        if (rows.Count != expected.Count) found.Add($"{table}: {rows.Count} rows, expected {expected.Count}");
        foreach (var (name, cost, calls) in expected)
        {
            if (!rows.TryGetValue(name, out var row))
            {
                found.Add($"{table}: no row for {name}");
                continue;
            }

            Compare(found, $"{table}: cost of {name}", (Plain(cost), "$" + Rounded(cost, digits)), Both(row, "cost"));
            CompareCount(found, "calls", calls, row);
        }
    }

    private static void CompareImpact(List<string> found, JsonElement figures, IReadOnlyList<LlmUsage> events)
    {
        var estimated = events.Where(static usage => usage.Impact?.Status == ImpactStatus.Estimated).ToList();
        var ends = Both(figures, "gwp").Value?.Split('/').Select(static end => double.Parse(end, CultureInfo.InvariantCulture)).ToArray() ?? [];
        var expected = new[] { estimated.Sum(static usage => usage.Impact!.Gwp!.Min), estimated.Sum(static usage => usage.Impact!.Gwp!.Max) };
        if (ends.Length != 2 || !expected.Zip(ends).All(static pair => Math.Abs(pair.First - pair.Second) <= 1e-9)) found.Add($"CO2e: {string.Join('/', ends)}, expected {string.Join('/', expected)}");
        var shown = ShownRange().Match(figures.GetProperty("gwpShown").GetString() ?? "");
        var unit = shown.Groups[3].Value switch { "kg" => 1, "g" => 1e-3, "mg" => 1e-6, _ => 1e-9 };
        for (var end = 0; end < 2; end++)
            if (!shown.Success || !IsNear(double.Parse(shown.Groups[end + 1].Value, CultureInfo.InvariantCulture) * unit, expected[end], ShownError)) found.Add($"CO2e is shown as {figures.GetProperty("gwpShown")}");
    }

    private static void CompareLatency(List<string> found, JsonElement figures, IReadOnlyList<LlmUsage> events)
    {
        var shown = ShownDuration().Match(figures.GetProperty("p95").GetString() ?? "");
        var unit = shown.Groups[2].Value switch { "min" => 60e6, "s" => 1e6, "ms" => 1e3, _ => 1 };
        var exact = KnownLog.Quantile(events.Select(static usage => usage.DurationUs), 0.95);
        if (!shown.Success || !IsNear(double.Parse(shown.Groups[1].Value, CultureInfo.InvariantCulture) * unit, exact, DurationHistogram.MaxRelativeError + ShownError))
            found.Add($"p95 is shown as {figures.GetProperty("p95")}, expected {exact} us");
    }

    private static void CompareCounts(List<string> found, JsonElement from, string member, IEnumerable<(string Name, long Count)> expected) => Compare(found, member,
        string.Join(' ', expected.OrderBy(static one => one.Name, StringComparer.Ordinal).Select(static one => $"{one.Name}={one.Count}")),
        string.Join(' ', from.GetProperty(member).EnumerateObject().OrderBy(static one => one.Name, StringComparer.Ordinal).Select(static one => $"{one.Name}={one.Value.GetInt64()}")));

    private static void CompareCount(List<string> found, string member, int expected, JsonElement from) =>
        Compare(found, member, (expected.ToString(CultureInfo.InvariantCulture), expected.ToString("N0", CultureInfo.InvariantCulture)), Both(from, member));

    private static void Compare<T>(List<string> found, string what, T expected, T shown)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, shown)) found.Add($"{what}: {shown}, expected {expected}");
    }

    private static IEnumerable<JsonElement> Rows(JsonElement from, string member) => from.GetProperty(member).EnumerateArray();

    private static (string? Value, string? Text) Both(JsonElement from, string member) =>
        from.TryGetProperty(member, out var both) && both.ValueKind == JsonValueKind.Object ? (both.GetProperty("value").GetString(), both.GetProperty("text").GetString()) : (null, null);

    private static string Plain(decimal amount) => Pipeline.Runtime.PlainDecimal.Of(amount);

    private static int DigitsOf(decimal largest) => largest >= 100 ? 2 : largest >= 0.1m ? 4 : 6;

    private static string Shown(decimal amount) => "$" + Rounded(amount, DigitsOf(amount));

    private static string Rounded(decimal amount, int digits) =>
        Math.Round(amount, digits, MidpointRounding.ToEven).ToString("N" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static bool IsNear(double value, double exact, double relative) => Math.Abs(value - exact) <= exact * relative;

    [GeneratedRegex(@"^([\d.]+) – ([\d.]+) (kg|g|mg|µg)$")]
    private static partial Regex ShownRange();

    [GeneratedRegex(@"^([\d.]+) (min|s|ms|µs)$")]
    private static partial Regex ShownDuration();
}
