using Pipeline.Runtime.Log;
using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests.Log;

/// <summary>
/// The brokers: partitions, the coordinator of transactions, and the groups. It behaves as Kafka was seen to: a transaction is
/// decided at once and shows partition by partition; positions and records of one transaction do not show together; an open
/// transaction hides what is committed behind it; one that is open for too long is aborted and its writer fenced.
/// </summary>
/// <param name="chance">Null: nothing goes wrong and every marker is written at once.</param>
internal sealed class SimulatedCluster(TimeProvider time, Chance? chance)
{
    public static readonly TimeSpan TransactionTimeout = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, (TopicSpec Spec, List<SimulatedPartition> Partitions)> _topics = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SimulatedProducer> _producers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SimulatedGroup> _groups = new(StringComparer.Ordinal);
    private readonly List<SimulatedTransaction> _unfinished = [];
    private readonly List<(SimulatedProducer Producer, int Epoch, SimulatedTransaction Transaction)> _lateCommits = [];

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Off: markers are written with the decision.</summary>
    public bool DelaysMarkers { get; set; } = chance is not null;

    /// <summary>Records that the broker refuses for what they are.</summary>
    public Func<NewRecord, bool> Refuses { get; set; } = static _ => false;

    public IReadOnlyCollection<SimulatedGroup> Groups => _groups.Values;
    public bool HasUnfinished => _unfinished.Count > 0;

    public IEnumerable<SimulatedPartition> AllPartitions => _topics.Values.SelectMany(static topic => topic.Partitions);

    public (TopicSpec Spec, List<SimulatedPartition> Partitions)? Topic(string name) => _topics.TryGetValue(name, out var topic) ? topic : null;

    public SimulatedPartition? Partition(TopicPartition name) =>
        _topics.TryGetValue(name.Topic, out var topic) && name.Partition < topic.Partitions.Count ? topic.Partitions[name.Partition] : null;

    public IEnumerable<LogRecord> Records(string topic) => _topics.TryGetValue(topic, out var found) ? found.Partitions.SelectMany(static one => one.Records()) : [];

    public SimulatedGroup Group(string name)
    {
        if (!_groups.TryGetValue(name, out var group)) _groups[name] = group = new SimulatedGroup(name);
        return group;
    }

    public void Provision(TopicSpec wanted)
    {
        var isNew = !_topics.TryGetValue(wanted.Name, out var topic);
        if (isNew) _topics[wanted.Name] = topic = (wanted, []);
        var grows = topic.Partitions.Count < wanted.Partitions;
        for (var number = topic.Partitions.Count; number < wanted.Partitions; number++) topic.Partitions.Add(new SimulatedPartition(new TopicPartition(wanted.Name, number)));
        foreach (var group in wanted.Groups)
            foreach (var partition in topic.Partitions)
                if (partition.End == 0) Group(group).Positions.TryAdd(partition.Name, 0);
        if (!grows) return;
        foreach (var group in _groups.Values)
            if (group.Topics.Contains(wanted.Name)) group.Prepare(Now);
    }

    /// <summary>What goes on without anyone asking: sessions end, transactions time out, rebalances complete, markers and late requests arrive.</summary>
    public void Tick()
    {
        foreach (var group in _groups.Values)
        {
            group.Expire(Now);
            CompleteRebalance(group);
        }

        for (var i = _unfinished.Count - 1; i >= 0; i--)
        {
            var transaction = _unfinished[i];
            if (!transaction.IsDecided && Now - transaction.Began > TransactionTimeout)
            {
                transaction.Producer.Epoch++;
                Decide(transaction, commits: false);
            }
            else if (transaction.IsDecided && (!DelaysMarkers || chance!.Hits(0.5)))
            {
                ShowOne(transaction);
            }
        }

        for (var i = _lateCommits.Count - 1; i >= 0; i--)
        {
            if (DelaysMarkers && !chance!.Hits(0.2)) continue;
            var (producer, epoch, transaction) = _lateCommits[i];
            _lateCommits.RemoveAt(i);
            if (producer.Epoch == epoch && !transaction.IsDecided) Decide(transaction, commits: true);
        }
    }

    public void CompleteRebalance(SimulatedGroup group)
    {
        if (group.IsPreparing)
            group.CompleteWhenReady([.. group.Topics.Order(StringComparer.Ordinal).Where(_topics.ContainsKey).SelectMany(topic => _topics[topic].Partitions).Select(static one => one.Name)]);
    }

    /// <summary>Fences earlier writers and ends their transaction, whichever way it was decided.</summary>
    public (SimulatedProducer Producer, int Epoch) Initialise(string transactionalId)
    {
        if (!_producers.TryGetValue(transactionalId, out var producer)) _producers[transactionalId] = producer = new SimulatedProducer(transactionalId);
        producer.Epoch++;
        FinishCurrent(producer);
        return (producer, producer.Epoch);
    }

    public SimulatedTransaction Begin(SimulatedProducer producer)
    {
        FinishCurrent(producer);
        var transaction = producer.Current = new SimulatedTransaction(producer, Now);
        _unfinished.Add(transaction);
        return transaction;
    }

    public void Decide(SimulatedTransaction transaction, bool commits)
    {
        transaction.State = commits ? TransactionState.Committing : TransactionState.Aborting;
        if (!DelaysMarkers || chance!.Hits(0.7)) Finish(transaction);
    }

    /// <summary>The request to commit is on its way; the one who sent it does not wait any more.</summary>
    public void CommitLate(SimulatedTransaction transaction) => _lateCommits.Add((transaction.Producer, transaction.Producer.Epoch, transaction));

    /// <summary>A transaction that may still change the position; decided ones are waited for.</summary>
    public bool IsUnstable(string group, TopicPartition partition)
    {
        for (var i = _unfinished.Count - 1; i >= 0; i--)
        {
            var transaction = _unfinished[i];
            if (!transaction.Positions.Exists(one => one.Group == group && one.Partition == partition)) continue;
            if (!transaction.IsDecided) return true;
            Show(transaction);
        }

        return false;
    }

    private void FinishCurrent(SimulatedProducer producer)
    {
        if (producer.Current is not { IsEnded: false } transaction) return;
        if (!transaction.IsDecided) transaction.State = TransactionState.Aborting;
        Finish(transaction);
    }

    private void Finish(SimulatedTransaction transaction)
    {
        Show(transaction);
        foreach (var partition in transaction.Unmarked) partition.Mark(transaction);
        transaction.Unmarked.Clear();
        End(transaction);
    }

    /// <summary>One marker arrives; which one first is chance.</summary>
    private void ShowOne(SimulatedTransaction transaction)
    {
        var which = DelaysMarkers ? chance!.Below(transaction.Unmarked.Count + 1) : 0;
        if (which == transaction.Unmarked.Count) Show(transaction);
        else
        {
            transaction.Unmarked[which].Mark(transaction);
            transaction.Unmarked.RemoveAt(which);
        }

        if (transaction.Unmarked.Count == 0 && transaction.Positions.Count == 0) End(transaction);
    }

    private void Show(SimulatedTransaction transaction)
    {
        foreach (var (group, partition, next) in transaction.Positions)
            if (transaction.WillCommit) Group(group).Positions[partition] = next;
        transaction.Positions.Clear();
    }

    private void End(SimulatedTransaction transaction)
    {
        transaction.State = transaction.WillCommit ? TransactionState.Committed : TransactionState.Aborted;
        _unfinished.Remove(transaction);
    }
}
