using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime;
using Pipeline.Runtime.Log.Kafka;
using Pipeline.Runtime.Transforming;
using Pipeline.TestKit;
using Topics = Pipeline.Runtime.Log.Topics;
using TopicPartition = Pipeline.Runtime.Log.TopicPartition;

namespace Pipeline.BudgetWatcher.Tests.Ledger;

/// <summary>What only a broker can do: hold committed readers back behind an open transaction.</summary>
public sealed class LedgerOnKafkaTests : IDisposable
{
    private static readonly Budget Monthly = WatcherWorld.Budget();

    /// <summary>The broker's clock is the real one, and with it what is late.</summary>
    private static readonly DateTimeOffset Minute = new(DateTimeOffset.UtcNow.Ticks / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute, TimeSpan.Zero);

    private readonly RealKafka? _kafka;
    private readonly WatcherWorld? _world;

    public LedgerOnKafkaTests()
    {
        _kafka = RealKafka.Start(1, [], out var skipReason);
        if (_kafka is null) Assert.Skip(skipReason!);
        var options = new KafkaOptions { Bootstrap = _kafka.Bootstrap, AllowWeakTopics = true, ReplicationFactor = 1, SessionTimeout = TimeSpan.FromSeconds(6) };
        _world = new WatcherWorld(partitions: 1, new KafkaLog(options, NullLogger.Instance, TimeProvider.System));
        _world.Clock.Now = Minute;
    }

    public void Dispose()
    {
        DeliberateFaults.Active = DeliberateFault.None;
        _world?.Dispose();
        _kafka?.Dispose();
    }

    [Fact]
    public void Restore_ForeignTransactionOpenOnTheState_TakesNoDeltaUntilItEnds()
    {
        var world = _world!;
        world.Restart(Monthly);
        Spend(10);
        using var foreign = OpenTransaction();
        Spend(30);
        world.Restart(Monthly);
        world.Spend(WatcherWorld.Usage(20, Minute));
        world.Drain(world.RouterLoop!);
        var state = new TopicPartition(Topics.BudgetState, 0);
        var end = world.Log.ReadBounds(state);

        // The position is there already, a part of the state that belongs to it is not.
        TurnUntil(static phase => phase == LoopPhase.Restoring);
        for (var turn = 0; turn < 10; turn++) world.LedgerLoop!.Turn(default);
        Assert.Equal(LoopPhase.Restoring, world.LedgerLoop!.Status.Phase);
        Assert.Equal(10, world.SpentOf("all"));
        Assert.Equal(end, world.Log.ReadBounds(state));

        // What ends the partition now is an abort's marker, which no reader ever sees.
        foreign.AbortTransaction(TimeSpan.FromSeconds(10));
        TurnUntil(static phase => phase == LoopPhase.Running);
        world.Drain(world.LedgerLoop!);
        Assert.Equal([], world.LedgerLoop.Status.StoppedPartitions.Select(static stopped => stopped.Reason));
        Assert.Equal(60, world.SpentOf("all"));
        Assert.Equal(["Fired 50 #1 of 100"], world.Alerts());
    }

    [Fact]
    public void Restart_BudgetsAddedRemovedAndAdded_CountsEachAggregateOnce()
    {
        var world = _world!;
        var other = WatcherWorld.Budget("other", per: ["team"]);
        var usd = 1m;
        foreach (var budgets in new[] { [Monthly], [Monthly, other], [other], new[] { Monthly, other } })
        {
            world.Restart(budgets);
            Spend(usd);
            usd *= 2;
            world.Spend(WatcherWorld.Usage(usd, Minute));
            usd *= 2;
        }

        world.Drain();
        Assert.Equal((255m, 255m), (world.SpentOf("all"), world.SpentOf("other")));
    }

    /// <summary>A turn waits for records, so these take at most half a minute.</summary>
    private void TurnUntil(Func<LoopPhase, bool> isThere)
    {
        var turns = 0;
        do _world!.LedgerLoop!.Turn(default);
        while (!isThere(_world.LedgerLoop.Status.Phase) && ++turns < 300);
    }

    private void Spend(decimal net)
    {
        _world!.Spend(WatcherWorld.Usage(net, Minute));
        _world.Drain();
    }

    private IProducer<byte[], byte[]> OpenTransaction()
    {
        var producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = _kafka!.Bootstrap, TransactionalId = "foreign", TransactionTimeoutMs = 60_000 }).Build();
        producer.InitTransactions(TimeSpan.FromSeconds(10));
        producer.BeginTransaction();
        producer.Produce(new Confluent.Kafka.TopicPartition(Topics.BudgetState, 0), new Message<byte[], byte[]> { Key = "foreign"u8.ToArray(), Value = [1] });
        producer.Flush(TimeSpan.FromSeconds(10));
        return producer;
    }
}
