using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Simulation.Tests.Work;
using Pipeline.Simulation.Tests.World;
using Pipeline.UsageEnricher;
using Pipeline.UsageEnricher.Booking;
using Pipeline.UsageEnricher.Enriching;

namespace Pipeline.Simulation.Tests.Processes;

/// <summary>The enricher's second loop, which books responses that can be read again.</summary>
internal sealed class BookingProcess(SimulatedWorld world, string name) : LoopProcess(world, name, EnricherService.Schemas)
{
    protected override (ITransform Step, PrepareBatch Prepare) Make(SchemaCatalog catalog) =>
        (new BookingTransform(Log, SmallCatalogue.Instance, catalog, [], new EnricherMetrics(NullLogger.Instance)), catalog.Resolve);

    protected override TransformOptions Options(string instance) => new(BookingTransform.Stage, Groups.Booking, [Topics.UsageBackground], instance)
    {
        MaxBatchRecords = World.Chance.Between(1, 40),
    };
}
