using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.GatewayEdge.Spooling;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Kafka;
using Pipeline.Schemas;
using Pipeline.TestKit;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Spooling;

/// <summary>The shipper against a real broker: positions in a group without members, fencing, epochs across starts.</summary>
public sealed class ShipperOnKafkaTests
{
    private readonly SpoolWorld _world = new(Random.Shared.Next());

    [Fact]
    public void Drain_ThreeStartsWithOneCutShort_EachEventIsInTheTopicOnce()
    {
        using var log = OpenLog();
        var ids = new List<Guid>();
        for (var start = 0; start < 3; start++)
        {
            using var spool = _world.OpenSpool();
            using var shipper = _world.Shipper(spool, log);
            for (var i = 0; i < 30; i++)
            {
                ids.Add(_world.NewId());
                if (i % 10 == 9) spool.Begin(spool.TryAdmit()!, Audits.Opening(ids[^1]));
                else spool.Attempt(ids[^1]);
                if (i == 15) shipper.Turn();
            }
        }

        using var last = _world.OpenSpool();
        using var draining = _world.Shipper(last, log);
        _world.Drain(draining);

        var events = Shipped(log, last.Id);
        Assert.Equal(ids.Order(), events.Select(static audit => audit.EventId).Order());
        Assert.Equal(9, events.Count(static audit => audit.Outcome == Outcome.Interrupted));
        Assert.Empty(last.Older);
    }

    [Fact]
    public void Turn_AnotherWriterTakesTheIdAgainAndAgain_IsAClone()
    {
        using var log = OpenLog();
        using var spool = _world.OpenSpool();
        using var shipper = _world.Shipper(spool, log);
        var ids = new HashSet<Guid>();
        for (var turn = 0; turn < 20 && shipper.Status.Phase != ShipperPhase.Cloned; turn++)
        {
            ids.Add(spool.Attempt(_world.NewId()));
            shipper.Turn();
            log.OpenWriter(spool.Id.ToString(), out _)?.Dispose();
        }

        Assert.Equal(ShipperPhase.Cloned, shipper.Status.Phase);
        using var again = _world.Shipper(spool, log);
        _world.Drain(again);
        Assert.Equal(ids.Order(), Shipped(log, spool.Id).Select(static audit => audit.EventId).Order());
    }

    private KafkaLog OpenLog()
    {
        var bootstrap = RealKafka.Shared(out var skipReason);
        if (bootstrap is null) Assert.Skip(skipReason!);
        var log = new KafkaLog(new KafkaOptions { Bootstrap = bootstrap, AllowWeakTopics = true, ReplicationFactor = 1 }, NullLogger.Instance, TimeProvider.System);
        Assert.NotNull(log.Provision(Topics.All(3)));
        return log;
    }

    private static List<LLMUsageAudit> Shipped(ILog log, Guid spool)
    {
        var partitions = Enumerable.Range(0, log.PartitionCount(Topics.UsageRaw)!.Value).Select(static partition => new TopicPartition(Topics.UsageRaw, partition)).ToArray();
        var next = partitions.ToDictionary(static partition => partition, static _ => 0L);
        using var cursor = log.OpenCursor(new Dictionary<TopicPartition, long>(next));
        var events = new List<LLMUsageAudit>();
        var deadline = DateTime.UtcNow + TimeSpan.FromSeconds(60);
        while (partitions.Any(partition => next[partition] < log.ReadBounds(partition)!.Value.End))
        {
            Assert.True(DateTime.UtcNow < deadline, "the topic's end was not reached");
            var batch = cursor.Read(1_000, int.MaxValue, TimeSpan.FromMilliseconds(200), default);
            events.AddRange(batch.Records.Select(SpoolWorld.Decode).Where(audit => audit.Edge.Id == spool));
            foreach (var (partition, offset) in batch.Next) next[partition] = offset;
        }

        return events;
    }
}
