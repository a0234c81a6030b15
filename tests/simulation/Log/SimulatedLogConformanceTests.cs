using Pipeline.Runtime.Log;
using Pipeline.Runtime.Tests.Log;

namespace Pipeline.Simulation.Tests.Log;

/// <summary>The simulated log does what every engine must: a fault found on it is no fault of its own.</summary>
public sealed class SimulatedLogConformanceTests : LogConformance
{
    protected override ILog OpenLog() => new SimulatedLog(new SimulatedCluster(TimeProvider.System, null), new Surroundings());
}
