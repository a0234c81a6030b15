using Xunit;

namespace Pipeline.EndToEnd.Chaos;

/// <summary>kill -9 in mid-traffic: what the client saw complete is there once, and the sums agree to the last digit.</summary>
public sealed class KilledServicesTests(RealServers servers) : IClassFixture<RealServers>
{
    private const int CallCount = 5_000;
    private const int Callers = 16;

    [Fact]
    public async Task EachServiceKilledInTurn_During5000Calls_LosesNothingAndDoublesNothing()
    {
        await using var pipeline = await RunningPipeline.StartAsync(servers.Addresses);
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
        await Conservation.HoldsAsync(pipeline, traffic.Complete, maxBroken: Callers);
    }
}
