using Pipeline.Runtime.Log;
using Pipeline.Simulation.Tests.Log;

namespace Pipeline.Simulation.Tests.World;

/// <summary>
/// Someone else who writes to the same topics: transactions that stay open and are given up, and now and then rubbish that is
/// committed to `llm-usage-raw`.
/// </summary>
internal sealed class ForeignWriter(SimulatedWorld world)
{
    private static readonly TimeSpan LongestOpen = TimeSpan.FromSeconds(14);

    private readonly List<(SimulatedTransaction Transaction, DateTimeOffset EndsAt, bool Commits)> _open = [];
    private int _count;

    public void Begin()
    {
        // Mostly where state is restored from: what is committed behind an open transaction is hidden there.
        var topic = world.Chance.Below(10) switch
        {
            < 4 => Topics.BudgetState,
            4 => Topics.BudgetRoutes,
            5 => Topics.UsageRaw,
            _ => world.Chance.Of(SimulatedWorld.TopicSpecs).Name,
        };
        if (world.Cluster.Topic(topic) is not { Partitions: var partitions }) return;
        var partition = world.Chance.Of(partitions);
        var (producer, _) = world.Cluster.Initialise($"foreign-{_count++}");
        var transaction = world.Cluster.Begin(producer);
        var commits = partition.Name.Topic == Topics.UsageRaw && world.Chance.Hits(0.5);
        for (var i = world.Chance.Between(1, 2); i > 0; i--)
        {
            var value = new byte[world.Chance.Between(1, 30)];
            world.Chance.Random.NextBytes(value);
            value[0] = 0x7f;
            partition.Append(transaction, new NewRecord(partition.Name.Topic, "foreign"u8.ToArray(), value), world.Cluster.Now);
        }

        world.Note(commits ? Happening.Rubbish : Happening.ForeignTransaction);
        world.Trace?.Add($"foreign: {(commits ? "rubbish" : "transaction")} in {partition.Name}");
        _open.Add((transaction, world.Time.Now + world.Chance.Time(LongestOpen), commits));
    }

    public void Step()
    {
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            var (transaction, endsAt, commits) = _open[i];
            if (endsAt > world.Time.Now) continue;
            _open.RemoveAt(i);
            if (!transaction.IsDecided) world.Cluster.Decide(transaction, commits);
        }
    }
}
