using System.Text.Json;
using Pipeline.AllInOne.Tests.Running;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.AllInOne.Tests.Browser;

/// <summary>
/// The page as a browser shows it, over the log of a real run: its figures are the log's, nothing comes from elsewhere, nothing is cut off or
/// out of reach at three widths, light and dark. Seeded mistakes show that each of these would be noticed.
/// </summary>
public sealed class PageInBrowserTests : IDisposable
{
    private const int Calls = 250;

    /// <summary>More than a run spends, so that they are shown whatever the speed of the machine.</summary>
    private const string Budgets = """
        budgets:
          - {id: research-day, scope: {team: research}, amount: {usd: 40}, period: day, thresholds: [1, 50, 100]}
          - {id: all-month, amount: {usd: 500}, period: month, thresholds: [80, 100]}

        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Page_OverTheLogOfARun_ShowsTheLogsFiguresAndNothingElse()
    {
        var run = await Run("none");

        Assert.Empty(run.Seen.Single().Differences(run.Events, run.Budgets));
        Assert.Empty(run.Seen.Single().Problems);
    }

    [Fact]
    public async Task Page_WithAMistake_IsFoundOut()
    {
        string[] figures = ["money-as-float", "unknown-money-hidden", "failed-counted-as-well", "team-left-out", "range-collapsed", "latency-of-the-median", "tokens-lost",
            "budget-of-the-limit", "older-request-first", "trail-without-items"];
        var problems = new Dictionary<string, string>
        {
            ["script-error"] = "script: seeded", ["picture-from-elsewhere"] = "pictures.example", ["too-wide"] = "layout: ", ["text-too-pale"] = "contrast: ",
            ["text-too-pale-in-the-dark"] = "contrast: ", ["no-focus-ring"] = "focus cannot be seen", ["button-out-of-reach"] = "no request's button",
            ["chart-without-name"] = "name: ", ["chart-deaf-to-keys"] = "the chart says nothing",
        };

        var run = await Run([.. figures, .. problems.Keys]);

        Assert.Equal([.. figures, .. problems.Keys], run.Seen.Select(static seen => seen.Fault));
        foreach (var seen in run.Seen)
        {
            if (problems.TryGetValue(seen.Fault, out var problem)) Assert.True(seen.Problems.Any(one => one.Contains(problem)), $"{seen.Fault}: {string.Join('\n', seen.Problems)}");
            else Assert.True(seen.Differences(run.Events, run.Budgets).Any(), seen.Fault);
        }
    }

    private sealed record SeenRun(IReadOnlyList<SeenPage> Seen, IReadOnlyList<LlmUsage> Events, IReadOnlyDictionary<string, decimal> Budgets);

    /// <summary>Makes calls, stops, and starts again without any, so that page and log stand still.</summary>
    private async Task<SeenRun> Run(params string[] faults)
    {
        var data = Path.Combine(_folder, "data");
        var budgetsFile = Path.Combine(_folder, "budgets.yaml");
        await File.WriteAllTextAsync(budgetsFile, Budgets);
        using (var demo = RunningAllInOne.Start(data, "--demo", "--budgets", budgetsFile, "--AllInOne:DemoCallsPerSecond", "60", "--AllInOne:DemoFrameDelay", "2ms"))
        {
            await demo.Until("/usage", static usage => CallsIn(usage) >= Calls);
            Assert.Equal(0, demo.Stop());
        }

        IReadOnlyList<SeenPage> seen;
        IReadOnlyDictionary<string, decimal> budgets;
        using (var still = RunningAllInOne.Start(data, "--budgets", budgetsFile))
        {
            await still.Until("/readyz", static ready => ready.Contains("\"ready\":true") && !ready.Contains("past events"));
            // What the stopped process left in the log is moved on first: all calls enriched, all spend in the ledger.
            await still.Until("/usage", static usage => SpentIn(usage).TryGetValue("all-month", out var all) && all.Spent == CostIn(usage) && CallsIn(usage) >= Calls);
            using var http = new HttpClient();
            budgets = SpentIn(await http.GetStringAsync(new Uri(still.Pages, "/usage"))).Values.ToDictionary(static one => one.Instance, static one => one.Spent);
            seen = await Chromium.Read(new Uri(still.Pages, "/?range=24h"), faults);
            Assert.Equal(0, still.Stop());
        }

        return new SeenRun(seen, RunningAllInOne.EventsIn(data), budgets);
    }

    private static Dictionary<string, (string Instance, decimal Spent)> SpentIn(string usage)
    {
        using var json = JsonDocument.Parse(usage);
        return json.RootElement.GetProperty("budgets").EnumerateArray().ToDictionary(static one => one.GetProperty("id").GetString()!,
            static one => (one.GetProperty("instance_id").GetString()!, decimal.Parse(one.GetProperty("spent").GetString()!, System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static decimal CostIn(string usage)
    {
        using var json = JsonDocument.Parse(usage);
        return json.RootElement.GetProperty("groups").EnumerateArray()
            .Sum(static group => decimal.Parse(group.GetProperty("cost_usd").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
    }

    private static long CallsIn(string usage)
    {
        using var json = JsonDocument.Parse(usage);
        return json.RootElement.GetProperty("groups").EnumerateArray().Sum(static group => group.GetProperty("calls").GetInt64());
    }
}
