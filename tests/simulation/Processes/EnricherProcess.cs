using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Simulation.Tests.Work;
using Pipeline.Simulation.Tests.World;
using Pipeline.UsageEnricher;
using Pipeline.UsageEnricher.Enriching;

namespace Pipeline.Simulation.Tests.Processes;

internal sealed class EnricherProcess(SimulatedWorld world, string name) : LoopProcess(world, name, EnricherService.Schemas)
{
    protected override (ITransform Step, PrepareBatch Prepare) Make(SchemaCatalog catalog) =>
        (new EnrichTransform(SmallCatalogue.Instance, catalog, [], new EnricherMetrics(NullLogger.Instance)), catalog.Resolve);

    protected override TransformOptions Options(string instance) => new(EnrichTransform.Stage, Groups.Enricher, [Topics.UsageRaw], instance)
    {
        MaxBatchRecords = World.Chance.Between(1, 40),
    };
}
