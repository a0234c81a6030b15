using Pipeline.EndToEnd.Alerting;
using Xunit;

namespace Pipeline.EndToEnd.Chaos;

/// <summary>kill -9 in mid-traffic: what the client saw complete is there once, and the sums agree to the last digit.</summary>
public sealed class KilledServicesTests(RealServers servers) : IClassFixture<RealServers>
{
    private const int CallCount = 5_000;
    private const int Callers = 16;

    [Fact]
    public async Task EachServiceKilledInTurn_During5000Calls_LosesNothingDoublesNothingAndAlertsOnce()
    {
        var runId = RunningPipeline.NewRunId();
        using var budgets = new RunBudgets(runId, usd: 5m, requests: 400);
        await using var pipeline = await RunningPipeline.StartAsync(servers.Addresses, new Dictionary<string, string> { ["Budgets__File"] = budgets.File }, runId);
        var traffic = new Traffic(pipeline.Target, Callers, pace: TimeSpan.Zero);
        traffic.Begin(CallCount);

        ServiceProcess[] victims = [pipeline.GatewayProcess, pipeline.EnricherProcess, pipeline.SinkProcess, pipeline.WatcherProcess];
        for (var i = 0; i < victims.Length; i++)
        {
            await traffic.ReachAsync((i + 1) * CallCount / (victims.Length + 1));
            victims[i].Kill();
            await victims[i].StartAsync();
        }

        await traffic.AllAsync();
        Assert.Equal(CallCount, traffic.Complete.Count);
        // The gateway ships what it has before it ends: from then on no raw event can be added.
        Assert.Equal(0, await pipeline.GatewayProcess.StopAsync());
        var found = await Conservation.HoldsAsync(pipeline, traffic.Complete, maxBroken: Callers);

        // The ledger writes alerts and state in one transaction: where the state has all that was spent, no more alerts can come.
        await Until.TrueAsync(() => Task.FromResult(budgets.Stated(pipeline.Topics.States()).Values.Sum() >= budgets.Spent(found.Aggregates).Values.Sum()),
            Traffic.Patience, () => $"the ledger did not catch up\n{pipeline.WatcherProcess.Output}");
        budgets.Check(found.Aggregates, pipeline.Topics.States(), pipeline.Topics.Alerts(budgets.IsOurs));
    }
}
