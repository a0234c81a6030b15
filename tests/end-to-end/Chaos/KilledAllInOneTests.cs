using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace Pipeline.EndToEnd.Chaos;

/// <summary>kill -9 of everything at once, on the embedded log.</summary>
public sealed class KilledAllInOneTests
{
    private const int CallCount = 5_000;
    private const int Callers = 16;
    private const int Deaths = 5;

    [Fact]
    public async Task AllInOneKilledFiveTimes_During5000Calls_LosesNothingAndDoublesNothing()
    {
        await using var upstream = RecordedUpstream.Start();
        await using var running = await RunningAllInOne.StartAsync(("Gateway__Upstreams__openai__BaseAddress", upstream.Address));
        var traffic = new Traffic(running.TargetWith(upstream), Callers, pace: TimeSpan.Zero);
        traffic.Begin(CallCount);
        for (var death = 1; death <= Deaths; death++)
        {
            await traffic.ReachAsync(death * CallCount / (Deaths + 1));
            running.Process.Kill();
            await running.Process.StartAsync();
        }

        await traffic.AllAsync();
        Assert.Equal(CallCount, traffic.Complete.Count);
        // Stopped in order it has shipped everything: the raw events are final, and what is not enriched yet is enriched by the next start.
        Assert.Equal(0, await running.Process.StopAsync());
        var rawCount = running.Topics.Raw().Count;
        await running.Process.StartAsync();
        var shown = (Calls: 0L, Money: 0m);
        await Until.TrueAsync(async () => (shown = await ShownAsync(running)).Calls >= rawCount,
            Traffic.Patience, () => $"{shown.Calls} calls shown of {rawCount}\n{running.Process.Output}");
        Assert.Equal(0, await running.Process.StopAsync());

        var found = Conservation.Of(running.Topics, traffic.Complete, maxBroken: Deaths * Callers);
        Assert.Equal((found.Usage.Count, found.Usage.Sum(static e => e.Cost.NetTotal ?? 0m)), shown);
    }

    private static async Task<(long Calls, decimal Money)> ShownAsync(RunningAllInOne running)
    {
        var usage = await running.Client.GetFromJsonAsync<JsonElement>(running.Pages + "/usage");
        var groups = usage.GetProperty("groups").EnumerateArray().ToList();
        return (groups.Sum(static group => group.GetProperty("calls").GetInt64()),
            groups.Sum(static group => decimal.Parse(group.GetProperty("cost_usd").GetString()!, CultureInfo.InvariantCulture)));
    }
}
