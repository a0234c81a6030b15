using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Pipeline.EndToEnd.Chaos;

/// <summary>Kafka and Elasticsearch are stopped and killed under load; callers notice nothing, nothing is lost, doubled or dead-lettered.</summary>
/// <remarks>Skipped, visibly, when the broker itself loses the end of a transaction: no client can go on from there.</remarks>
public sealed class AwayServersTests(RealServers servers, ITestOutputHelper output) : IClassFixture<RealServers>
{
    private const int Callers = 8;
    private const int BrokerDeaths = 2;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(30);

    /// <summary>Long enough for each service to be inside a transaction that the frozen broker does not answer.</summary>
    private static readonly TimeSpan Freeze = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task KafkaThenElasticsearch_StoppedForHalfAMinuteAndKilled_EveryCallSucceedsAndNothingIsLost()
    {
        var data = Directory.CreateTempSubdirectory("elasticsearch-test-").FullName;
        using var kafka = RealKafka.Start(1, ["transaction.abort.timed.out.transaction.cleanup.interval.ms=500"], out var reason);
        if (kafka is null) Assert.Skip(reason!);
        string[] arguments = ["--data", data, "--port", FreePorts.WithFollowing(0, 100).ToString(CultureInfo.InvariantCulture)];
        var elasticsearch = RealElasticsearch.Start(arguments, out reason);
        if (elasticsearch is null) Assert.Skip(reason!);
        try
        {
            await using var pipeline = await RunningPipeline.StartAsync(new ServerAddresses(kafka.Bootstrap, servers.Registry, elasticsearch.Address));
            var traffic = new Traffic(pipeline.Target, Callers, Pace);
            traffic.Begin();
            await traffic.MoreAsync(200);
            await CatchUpAsync("start");

            kafka.Stop(1);
            await OutageAsync(traffic);
            kafka.Run(1);
            await CatchUpAsync("Kafka stopped");

            elasticsearch.Dispose();
            await OutageAsync(traffic);
            elasticsearch = RealElasticsearch.Start(arguments, out _)!;
            await CatchUpAsync("Elasticsearch stopped");

            for (var death = 0; death < BrokerDeaths; death++)
            {
                kafka.Freeze(1);
                await OutageAsync(traffic, Freeze);
                kafka.Kill(1);
                kafka.Run(1);
                // Traffic is in every stage again before the next death.
                await CatchUpAsync("Kafka killed");
            }

            await traffic.EndAsync();
            Assert.Empty(traffic.Failures);
            await Conservation.HoldsAsync(pipeline, traffic.Complete, maxBroken: 0);

            async Task CatchUpAsync(string after)
            {
                var watch = Stopwatch.StartNew();
                try
                {
                    await Conservation.CatchesUpAsync(pipeline, traffic.Complete);
                }
                catch (TimeoutException) when (kafka.HangingTransactions(1) is { } hanging)
                {
                    // Seen with Kafka 4.3.0: a lone broker that goes down writes that a transaction is complete before its markers are. Readers of
                    // committed records wait for them for good, whoever they are; docs/operations.md says how an operator ends it.
                    await traffic.EndAsync();
                    Assert.Skip($"{after}: the broker lost the markers of a transaction that it holds for complete: {hanging}");
                }

                output.WriteLine($"{after}: caught up with {traffic.Complete.Count} calls in {watch.Elapsed.TotalSeconds:F1} s");
            }
        }
        finally
        {
            elasticsearch.Dispose();
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>The calls go on while the server is away.</summary>
    private static async Task OutageAsync(Traffic traffic, TimeSpan? length = null)
    {
        var before = traffic.Complete.Count;
        using var timer = new PeriodicTimer(length ?? Outage);
        await timer.WaitForNextTickAsync();
        Assert.True(traffic.Complete.Count > before, "no call got through while the server was away");
    }
}
