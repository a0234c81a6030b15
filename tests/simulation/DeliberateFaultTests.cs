using Pipeline.Runtime;
using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests;

/// <summary>A simulation that nothing could fail would prove nothing: each rule broken on purpose is found, and on the same seeds the rule kept is not.</summary>
public sealed class DeliberateFaultTests(ITestOutputHelper output)
{
    private const int MaxSeeds = 200;

    public static TheoryData<string> Names => [.. Enum.GetNames<DeliberateFault>().Where(static name => name != nameof(DeliberateFault.None))];

    [Theory, MemberData(nameof(Names))]
    public void Fault_InTheCode_IsCaught(string name)
    {
        var fault = Enum.Parse<DeliberateFault>(name);
        for (var i = 0; i < MaxSeeds; i++)
        {
            var broken = SeededRun.Run(1 + i, fault);
            if (broken.Violation is null) continue;
            output.WriteLine($"{name}: caught at seed {broken.Seed}, number {i + 1}: {broken.Violation.Message}");
            for (; i >= 0; i--) Assert.Null(SeededRun.Run(1 + i).Violation);
            return;
        }

        Assert.Fail($"{name} is not caught within {MaxSeeds} seeds");
    }
}
