using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.EsSink.Indexing;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests.Processes;

internal sealed class SinkProcess(SimulatedWorld world, string name) : LoopProcess(world, name, [SchemaSet.LlmUsage])
{
    protected override (ITransform Step, PrepareBatch Prepare) Make(SchemaCatalog catalog)
    {
        var options = new SinkOptions { RetentionDays = World.RetentionDays, MaxBulkItems = World.Chance.Between(1, 20) };
        var indexer = new DocumentIndexer(catalog, new StoreConnection(World, Name, Current!), options, World.Time, NullLogger.Instance);
        return (indexer.Step, indexer.Prepare);
    }

    protected override TransformOptions Options(string instance) => new(DocumentIndexer.Stage, Groups.Sink, [Topics.Usage], instance)
    {
        MaxBatchRecords = World.Chance.Between(1, 40),
        StartFrom = StartFrom.Earliest,
    };
}
