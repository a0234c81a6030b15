using Xunit;

namespace Pipeline.EndToEnd.Chaos;

/// <summary>Members of the groups come and go under load: partitions change hands, nothing is lost or doubled.</summary>
public sealed class ComingAndGoingTests(RealServers servers) : IClassFixture<RealServers>
{
    private const int Callers = 8;
    private const int CallsBetweenChanges = 400;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(40);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TwoEnrichersAndTwoSinks_OneAddedAndOneRemoved_LoseNothingAndDoubleNothing(bool isKilled)
    {
        await using var pipeline = await RunningPipeline.StartAsync(servers.Addresses);
        foreach (var service in new[] { "usage-enricher", "es-sink" }) await pipeline.Add(service).StartAsync();
        var traffic = new Traffic(pipeline.Target, Callers, Pace);
        traffic.Begin();

        await traffic.MoreAsync(CallsBetweenChanges);
        foreach (var service in new[] { "usage-enricher", "es-sink" }) await pipeline.Add(service).StartAsync();
        await traffic.MoreAsync(CallsBetweenChanges);
        foreach (var leaving in new[] { pipeline.EnricherProcess, pipeline.SinkProcess })
        {
            if (isKilled) leaving.Kill();
            else Assert.Equal(0, await leaving.StopAsync());
        }

        await traffic.MoreAsync(CallsBetweenChanges);
        await traffic.EndAsync();
        Assert.Empty(traffic.Failures);
        await Conservation.HoldsAsync(pipeline, traffic.Complete, maxBroken: 0);
    }
}
