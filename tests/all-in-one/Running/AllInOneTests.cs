using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Pipeline.AllInOne.Demo;
using Pipeline.Runtime.Log;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.AllInOne.Tests.Running;

public sealed class AllInOneTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-test-").FullName;

    private string Data => Path.Combine(_folder, "data");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Demo_KilledTwiceAndStartedAgain_HasOneEventForEveryCallMade()
    {
        const int CallsOfEachRun = 150;
        for (var run = 1; run <= 2; run++)
        {
            using var killed = RunningAllInOne.Start(Data, "--demo", "--AllInOne:DemoCallsPerSecond", "100");
            await killed.Until("/usage", usage => CallsIn(usage) >= run * CallsOfEachRun);
            killed.Kill();
        }

        using (var last = RunningAllInOne.Start(Data))
        {
            await last.Until("/readyz", static ready => ready.Contains("\"ready\":true") && !ready.Contains("past events"));
            await last.Until("/metrics", static metrics => metrics.Contains("pipeline_records_read_total{stage=\"es-sink\""));
            Assert.Equal(0, last.Stop());
        }

        var events = RunningAllInOne.EventsIn(Data);
        using var journal = CallJournal.Open(Path.Combine(Data, "demo-calls"));
        var numbers = events.Select(static one => long.Parse(one.RequestId["demo-".Length..], CultureInfo.InvariantCulture)).ToList();
        var completed = Enumerable.Range(1, (int)(journal.Completed + journal.CutOffCount)).Select(static number => (long)number)
            .Where(number => !journal.IsCutOff(DemoCall.RequestIdOf(number))).ToList();
        Assert.Equal(journal.Completed, completed.Count);
        Assert.Empty(completed.Except(numbers));
        Assert.Equal(numbers.Count, numbers.Distinct().Count());
        Assert.All(numbers.Except(completed), number => Assert.True(journal.IsCutOff(DemoCall.RequestIdOf(number))));
        Assert.All(events.Where(static one => one.Outcome == Outcome.Ok), static one => Assert.Equal(CostStatus.Priced, one.Cost.Status));
        Assert.Contains(events, static one => one.Outcome == Outcome.RateLimited);
    }

    [Fact]
    public async Task DemoBudget_PassedAndKilled_HasOneAlertForEachCrossing()
    {
        using (var killed = RunningAllInOne.Start(Data, "--demo", "--AllInOne:DemoCallsPerSecond", "50"))
        {
            await killed.Until("/usage", static usage => FiredOf("search-hour", usage).Contains(80));
            killed.Kill();
        }

        using (var again = RunningAllInOne.Start(Data, "--demo", "--AllInOne:DemoCallsPerSecond", "50"))
        {
            await again.Until("/usage", static usage => FiredOf("search-hour", usage).Contains(100));
            // Lines of the first life prove nothing: an alert that was taken is not posted again to be printed.
            await again.UntilSaid("alert    budget search-hour passed 100 %: ");
            Assert.Equal(0, again.Stop());
        }

        var alerts = RunningAllInOne.RecordsIn<BudgetAlert>(Data, Topics.BudgetAlerts, SchemaSet.BudgetAlert);
        Assert.Equal(alerts.Count, alerts.Select(static alert => alert.AlertId).Distinct().Count());
        var fired = alerts.Where(static alert => alert.Kind == AlertKind.Fired).ToList();
        Assert.Equal(fired.Count, fired.Select(static alert => (alert.InstanceId, alert.PeriodStart, alert.ThresholdPercent)).Distinct().Count());
        Assert.Equal([50, 80, 100], fired.Where(static alert => alert.Budget == "search-hour").Select(static alert => alert.ThresholdPercent).Distinct().Order());
        Assert.All(fired, static alert => Assert.True(alert.Spent >= alert.Limit * alert.ThresholdPercent / 100));
    }

    [Theory]
    [InlineData("demo-openai", "v1/chat/completions", """{"model":"gpt-4.1","stream":true,"messages":[{"role":"user","content":"Hello"}]}""", "data: [DONE]")]
    [InlineData("demo-openai", "v1/chat/completions", """{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}]}""", "\"finish_reason\":\"stop\"")]
    [InlineData("demo-openai", "v1/embeddings", """{"model":"text-embedding-3-small","input":"Hello"}""", "\"embedding\"")]
    [InlineData("demo-anthropic", "v1/messages", """{"model":"claude-sonnet-4-5","max_tokens":9,"stream":true,"messages":[]}""", "message_stop")]
    [InlineData("demo-anthropic", "v1/messages", """{"model":"claude-sonnet-4-5","max_tokens":9,"messages":[]}""", "end_turn")]
    public async Task Call_ThroughTheGateway_IsPricedWithTheProvidersFigures(string upstream, string path, string body, string end)
    {
        using var running = RunningAllInOne.Start(Data, "--AllInOne:DemoFrameDelay", "0s");
        await running.Until("/readyz", static ready => ready.Contains("\"ready\":true"));
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(running.Gateway, $"/{upstream}/{path}")) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("x-llm-team", "search");

        using var reply = await http.SendAsync(request);
        var text = await reply.Content.ReadAsStringAsync();
        await running.Until("/usage", static usage => CallsIn(usage) == 1);
        Assert.Equal(0, running.Stop());

        Assert.Contains(end, text);
        var isInjected = path == "v1/chat/completions" && body.Contains("stream");
        if (isInjected) Assert.DoesNotContain("\"usage\":{", text);
        var one = Assert.Single(RunningAllInOne.EventsIn(Data));
        Assert.Equal((Outcome.Ok, UsageSource.Provider, "search", CostStatus.Priced), (one.Outcome, one.UsageSource, one.Attribution.Team, one.Cost.Status));
        Assert.True(one.Usage!.InputTotal > 0);
        // The figures follow from what the provider got, which was the option more than the caller sent.
        if (isInjected) return;
        var figures = DemoUsage.Of(DemoRequest.Read(Encoding.UTF8.GetBytes(body), 1)!);
        Assert.Equal(figures.Input, one.Usage.InputTotal);
        if (path != "v1/embeddings") Assert.Equal((figures.Output, figures.CacheRead), (one.Usage.OutputTotal, one.Usage.CacheRead ?? 0));
    }

    [Fact]
    public async Task Usage_AfterACall_IsJsonThatNamesTheGroup()
    {
        using var running = RunningAllInOne.Start(Data);
        await running.Until("/readyz", static ready => ready.Contains("\"ready\":true"));
        using var http = new HttpClient();
        using var fault = new HttpRequestMessage(HttpMethod.Post, new Uri(running.Gateway, "/demo-openai/v1/embeddings")) { Content = new StringContent("""{"model":"x"}""") };
        fault.Headers.Add(DemoUpstreams.FaultHeader, "429");
        using var unknown = await http.GetAsync(new Uri(running.Gateway, "/nowhere/v1/models"));
        using var limited = await http.SendAsync(fault);

        await running.Until("/usage", static usage => CallsIn(usage) == 1);

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.TooManyRequests), (unknown.StatusCode, limited.StatusCode));
        Assert.Contains("demo-openai", await unknown.Content.ReadAsStringAsync());
        Assert.Contains("/tail", await http.GetStringAsync(running.Pages));
        foreach (var line in new[] { "gateway ", "pages ", "data ", "engine " }) Assert.Contains(line, running.Said);
    }

    [Fact]
    public async Task SecondProcess_OnTheSameFolder_EndsWithOneClearLine()
    {
        using var first = RunningAllInOne.Start(Data);
        await first.Until("/readyz", static ready => ready.Contains("\"ready\":true"));

        using var second = RunningAllInOne.Start(Data);

        Assert.Equal(1, second.WaitForExit());
        Assert.Contains(Data, second.Said);
        Assert.DoesNotContain("   at ", second.Said);
    }

    [Theory]
    [InlineData(0, "options ok", "--validate")]
    [InlineData(0, "--Gateway:Spool:Path", "--help")]
    [InlineData(2, "did you mean --demo?", "--demmo")]
    [InlineData(2, "does not exist", "--budgets", "nowhere.yaml")]
    [InlineData(2, "Registry:Url: is missing", "--bootstrap", "127.0.0.1:1")]
    public void Options_Checked_GiveTheirExitCode(int exitCode, string said, params string[] args)
    {
        using var process = RunningAllInOne.Start(Data, args);

        Assert.Equal(exitCode, process.WaitForExit());
        Assert.Contains(said, process.Said);
        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public void Budgets_FileWithProblems_AreAllToldWithTheirPlaces()
    {
        var file = Path.Combine(_folder, "budgets.yaml");
        File.WriteAllText(file, "budgets:\n  - {id: a, amount: {usd: x}, period: day}\n  - {id: b, amount: {usd: 1}, perod: day}\n");
        using var process = RunningAllInOne.Start(Data, "--validate", "--budgets", file);

        Assert.Equal(2, process.WaitForExit());
        Assert.Contains($"Budgets:File: {file}:2:27: budgets[0].amount.usd: 'x' must be a plain number", process.Said);
        Assert.Contains($"Budgets:File: {file}:3:31: budgets[1].perod: unknown member; did you mean period?", process.Said);
    }

    [Fact]
    public async Task Budgets_OfAFile_AreCountedAndShown()
    {
        var file = Path.Combine(_folder, "budgets.yaml");
        File.WriteAllText(file, "budgets:\n  - {id: calls, scope: {team: \"sea*\"}, per: [user], amount: {requests: 1}, period: month, thresholds: [100]}\n");
        using var running = RunningAllInOne.Start(Data, "--budgets", file);
        await running.Until("/readyz", static ready => ready.Contains("\"ready\":true"));
        using var http = new HttpClient();
        foreach (var team in new[] { "search", "support" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(running.Gateway, "/demo-openai/v1/embeddings"))
                { Content = new StringContent("""{"model":"text-embedding-3-small","input":"Hello"}""") };
            request.Headers.Add("x-llm-team", team);
            request.Headers.Add("x-llm-user", "u-1");
            using var reply = await http.SendAsync(request);
        }

        await running.Until("/usage", static usage => CallsIn(usage) == 2 && FiredOf("calls", usage).Contains(100));

        using var json = JsonDocument.Parse(await http.GetStringAsync(new Uri(running.Pages, "/usage")));
        var budget = Assert.Single(json.RootElement.GetProperty("budgets").EnumerateArray());
        Assert.Equal(("calls", "1", "1", "100.00", "u-1"), (
            budget.GetProperty("id").GetString(), budget.GetProperty("limit").GetString(), budget.GetProperty("spent").GetString(),
            budget.GetProperty("percent").GetString(), budget.GetProperty("per").GetProperty("user").GetString()));
        Assert.Contains("budgets  calls", running.Said);
    }

    /// <summary>Thresholds that any instance of the budget has fired.</summary>
    private static List<int> FiredOf(string budget, string usage)
    {
        using var json = JsonDocument.Parse(usage);
        return [.. json.RootElement.GetProperty("budgets").EnumerateArray().Where(one => one.GetProperty("id").GetString() == budget)
            .SelectMany(static one => one.GetProperty("thresholds_fired").EnumerateArray().Select(static percent => percent.GetInt32()))];
    }

    private static long CallsIn(string usage)
    {
        using var json = JsonDocument.Parse(usage);
        return json.RootElement.GetProperty("groups").EnumerateArray().Sum(static group => group.GetProperty("calls").GetInt64());
    }
}
