using System.Diagnostics.Metrics;
using Pipeline.Runtime.Telemetry;

namespace Pipeline.Runtime.Registry;

internal static class RegistryMetrics
{
    public static readonly Counter<long> Unreachable = PipelineMeter.Counter(
        "pipeline_registry_failures_total", "Calls to the schema registry that gave no verdict after all retries.");
}
