using System.Text;
using System.Text.Json;
using Pipeline.EndToEnd.Chaos;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Xunit;

namespace Pipeline.EndToEnd.Alerting;

/// <summary>Calls through the whole pipeline pass thresholds, and a receiver hears of each: signed, again after an error, then no more.</summary>
public sealed class WebhookTests(RealServers servers) : IClassFixture<RealServers>
{
    private const int Callers = 4;
    private const int CallCount = 200;
    private const int MaxAttempts = 3;
    private static readonly TimeSpan ArrivalLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task Alerts_OfABudgetThatIsSpent_ArriveSignedOnceTakenAndAreDeadLettersAtTheBound()
    {
        var runId = RunningPipeline.NewRunId();
        await using var receiver = WebhookReceiver.Start();
        using var budgets = new RunBudgets(runId, usd: 0.2m, requests: 20, ("ops", receiver.Address + "/ops"), ("down", receiver.Address + "/down"));
        await using var pipeline = await RunningPipeline.StartAsync(servers.Addresses, new Dictionary<string, string>
        {
            ["Budgets__File"] = budgets.File,
            ["Alerting__MaxAttempts"] = "3",
            ["Alerting__FirstRetryWait"] = "00:00:00.1",
        }, runId);
        var traffic = new Traffic(pipeline.Target, Callers, pace: TimeSpan.Zero);
        traffic.Begin(CallCount);
        await traffic.AllAsync();
        var found = await Conservation.HoldsAsync(pipeline, traffic.Complete, maxBroken: 0);
        var expected = budgets.Expected(found.Aggregates);
        var (forOps, forDown) = (expected.Count(one => one.Account.Budget == budgets.InDollars), expected.Count(one => one.Account.Budget == budgets.InRequests));
        Assert.True(forOps > 0 && forDown > 0);

        await Until.TrueAsync(() => Task.FromResult(receiver.Requests.Count >= (forOps * 2) + (forDown * MaxAttempts)), ArrivalLimit,
            () => $"{receiver.Requests.Count} requests, wanted {forOps} x 2 and {forDown} x {MaxAttempts}\n{pipeline.WatcherProcess.Output}");
        // Whoever would post once more has time to.
        using (var timer = new PeriodicTimer(Silence)) await timer.WaitForNextTickAsync();
        Assert.Equal(0, await pipeline.WatcherProcess.StopAsync());
        var alerts = pipeline.Topics.Alerts(budgets.IsOurs);
        budgets.Check(found.Aggregates, pipeline.Topics.States(), alerts);

        var requests = receiver.Requests.ToList();
        Assert.All(requests, static request => Assert.Null(request.Problem));
        CheckRequests(requests, "/ops", alerts.Where(alert => alert.Budget == budgets.InDollars).Select(static alert => alert.AlertId), [500, 204]);
        CheckRequests(requests, "/down", alerts.Where(alert => alert.Budget == budgets.InRequests).Select(static alert => alert.AlertId), [503, 503, 503]);
        CheckDeadLetters(pipeline.Topics.Read(Topics.DeadLetter(Topics.BudgetAlerts)), [.. alerts.Where(alert => alert.Budget == budgets.InRequests).Select(static alert => alert.AlertId)]);
    }

    private static void CheckRequests(List<Posted> requests, string path, IEnumerable<Guid> alertIds, int[] answers)
    {
        var byId = requests.Where(request => request.Path == path).GroupBy(static request => request.Id).ToList();
        Assert.Equal(alertIds.Select(static id => id.ToString()).Order(), byId.Select(static one => one.Key).Order());
        Assert.All(byId, one =>
        {
            Assert.Equal(answers, one.Select(static request => request.Answer));
            Assert.Single(one.Select(static request => request.Body).Distinct());
            Assert.Equal(one.Key, JsonDocument.Parse(one.First().Body).RootElement.GetProperty("alert_id").GetString());
        });
    }

    private static void CheckDeadLetters(List<LogRecord> deadLetters, HashSet<Guid> alertIds)
    {
        var ours = deadLetters.Where(record => Guid.TryParse(Encoding.UTF8.GetString(record.Key.Span), out var id) && alertIds.Contains(id)).ToList();
        Assert.Equal(alertIds.Order(), ours.Select(static record => Guid.Parse(Encoding.UTF8.GetString(record.Key.Span))).Order());
        Assert.All(ours, static record => Assert.Contains(record.Headers, static header => header.Name == DeadLetterRecord.Reason && header.Value.Length > 0));
    }
}
