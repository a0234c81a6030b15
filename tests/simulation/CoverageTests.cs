using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests;

public sealed class CoverageTests(ITestOutputHelper output)
{
    private const int Sample = 100;

    [Fact]
    public void Run_HundredSeeds_MeetEverythingThatCanGoWrong()
    {
        var happened = new long[Enum.GetValues<Happening>().Length];
        for (var i = 0; i < Sample; i++)
        {
            var result = SeededRun.Run(1 + i);
            for (var kind = 0; kind < happened.Length; kind++) happened[kind] += result.Happened[kind];
        }

        foreach (var kind in Enum.GetValues<Happening>()) output.WriteLine($"{happened[(int)kind],8} {kind}");
        Assert.DoesNotContain(Enum.GetValues<Happening>(), kind => happened[(int)kind] == 0);
    }
}
