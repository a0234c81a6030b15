using System.Text;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;
using Pipeline.Simulation.Tests.Checking;

namespace Pipeline.Simulation.Tests.World;

/// <summary>
/// Stands in for repricing: an event's next revision and the difference as an aggregate, in one transaction. Its differences are often
/// negative, so that sums fall below thresholds and cross them again.
/// </summary>
internal sealed class Repricer(SimulatedWorld world)
{
    private const int MoneyScale = 12;

    private readonly SchemaCatalog _catalog = new(world.Registry, [SchemaSet.LlmUsage, SchemaSet.UsageAggregate]);

    public void RepriceOne()
    {
        var events = TopicContents.Of<LlmUsage>(world.Cluster, Topics.Usage).Where(static one => one.Value.Cost.NetTotal is not null).ToArray();
        if (events.Length == 0 || world.Cluster.HasUnfinished || !_catalog.Prepare(CancellationToken.None)) return;
        var id = world.Chance.Of(events).Value.EventId;
        var usage = events.Select(static one => one.Value).Where(one => one.EventId == id).MaxBy(static one => one.Revision)!;
        var net = decimal.Round((usage.Cost.NetTotal!.Value + 0.001m) * (decimal)world.Chance.Random.NextDouble() * 1.5m, MoneyScale);
        var line = new CostLine { Dimension = "requests", Quantity = 1, Rate = net, Per = 1, Amount = net, NetAmount = net };
        var repriced = usage with { Revision = usage.Revision + 1, Cost = usage.Cost with { ListTotal = net, NetTotal = net, LineItems = [line] } };
        world.Note(Happening.Repriced);
        world.Trace?.Add($"repriced {id} to {net}, revision {repriced.Revision}");
        Write(repriced, Difference(usage, net - usage.Cost.NetTotal.Value, net - usage.Cost.ListTotal!.Value));
    }

    private void Write(LlmUsage repriced, UsageAggregate difference)
    {
        using var events = new RecordWriter<LlmUsage>(_catalog);
        using var aggregates = new RecordWriter<UsageAggregate>(_catalog);
        var (producer, _) = world.Cluster.Initialise("reprice");
        var transaction = world.Cluster.Begin(producer);
        var key = Encoding.ASCII.GetBytes(repriced.EventId.ToString());
        Append(events.Record(Topics.Usage, key, repriced));
        Append(aggregates.Record(Topics.Aggregates, Encoding.ASCII.GetBytes(repriced.EventId.ToString("N")), difference));
        world.Cluster.Decide(transaction, commits: true);

        void Append(in NewRecord record)
        {
            var partitions = world.Cluster.Topic(record.Topic)!.Value.Partitions;
            partitions[Partitioner.PartitionOf(record.Key.Span, partitions.Count)].Append(transaction, record, world.Cluster.Now);
        }
    }

    private static UsageAggregate Difference(LlmUsage usage, decimal net, decimal list) => new()
    {
        Minute = Money.MinuteOf(usage.EventTime),
        Provider = usage.Provider,
        ResponseModel = usage.ResponseModel ?? usage.RequestModel,
        Team = usage.Attribution.Team,
        User = usage.Attribution.User,
        Currency = usage.Cost.Currency,
        CostStatus = usage.Cost.Status,
        UsageSource = usage.UsageSource,
        Calls = 0,
        ErrorCalls = 0,
        DurationUs = 0,
        RequestBytes = 0,
        ResponseBytes = 0,
        InputTotal = 0,
        OutputTotal = 0,
        InputUncached = 0,
        CacheRead = 0,
        CacheWrite = 0,
        CacheWrite5m = 0,
        CacheWrite1h = 0,
        InputAudio = 0,
        InputImage = 0,
        InputVideo = 0,
        ToolUsePrompt = 0,
        OutputText = 0,
        Reasoning = 0,
        OutputAudio = 0,
        OutputImage = 0,
        ListTotal = list,
        NetTotal = net,
    };
}
