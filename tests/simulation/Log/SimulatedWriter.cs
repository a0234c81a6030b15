using Pipeline.Runtime.Log;

namespace Pipeline.Simulation.Tests.Log;

/// <summary>A transactional producer of one epoch. Between any two of its requests it may be killed, held up, fenced or timed out.</summary>
internal sealed class SimulatedWriter(SimulatedLog log, SimulatedProducer producer, int epoch) : ILogWriter
{
    private const int RecordsPerRequest = 8;

    private readonly SimulatedCluster _cluster = log.Cluster;
    private TransactionResult? _spent;

    public TransactionResult Execute(LogTransaction transaction)
    {
        RequireBounds(transaction);
        if (_spent is { } spent) return spent;
        log.Surroundings.Touch("begin");
        if (IsFenced) return Spend(TransactionOutcome.Fenced, "another writer took over the transactional id");
        if (log.Surroundings.IsAway) return Aborted("the log is away");
        if (Place(transaction.Records, out var missing) is not { } places) return Aborted($"{missing} does not exist");

        var refused = Refused(transaction.Records);
        if (refused.Count > 0) return new TransactionResult(TransactionOutcome.Refused, refused, "MsgSizeTooLarge");
        var open = _cluster.Begin(producer);
        return Append(open, transaction.Records, places) ?? Send(open, transaction.Positions) ?? Commit(open);
    }

    public void Dispose()
    {
    }

    private bool IsFenced => producer.Epoch != epoch;

    private TransactionResult? Append(SimulatedTransaction open, IReadOnlyList<NewRecord> records, SimulatedPartition[] places)
    {
        for (var i = 0; i < records.Count; i++)
        {
            if (i % RecordsPerRequest == 0 && GoOn(open, "append") is { } ended) return ended;
            places[i].Append(open, records[i], _cluster.Now);
        }

        return null;
    }

    private TransactionResult? Send(SimulatedTransaction open, PositionCommit? positions)
    {
        if (positions is null || positions.Next.Count == 0) return null;
        if (GoOn(open, "positions") is { } ended) return ended;
        // Without a membership the coordinator takes it for a group without members and does not fence.
        if (positions.Membership is SimulatedMembership membership)
        {
            var group = _cluster.Group(membership.Group);
            if (!group.Has(membership.Member) || group.Generation != membership.Generation)
            {
                _cluster.Decide(open, commits: false);
                log.Surroundings.Ended(byTimeout: false);
                return Aborted("the batch's assignment generation has ended");
            }
        }

        foreach (var (partition, next) in positions.Next) open.Positions.Add((positions.Group, partition, next));
        return null;
    }

    private TransactionResult Commit(SimulatedTransaction open)
    {
        if (GoOn(open, "commit") is { } ended) return ended;
        switch (log.Surroundings.NextCommitFate())
        {
            case CommitFate.RequestLost:
                return Spend(TransactionOutcome.Unknown, "the commit timed out");
            case CommitFate.Late:
                _cluster.CommitLate(open);
                return Spend(TransactionOutcome.Unknown, "the commit timed out");
            case CommitFate.AnswerLost:
                _cluster.Decide(open, commits: true);
                log.Surroundings.Touch("committed");
                return Spend(TransactionOutcome.Unknown, "the commit timed out");
            default:
                _cluster.Decide(open, commits: true);
                log.Surroundings.Touch("committed");
                return TransactionResult.Committed;
        }
    }

    /// <returns>Null when the transaction is still ours to write to.</returns>
    private TransactionResult? GoOn(SimulatedTransaction open, string point)
    {
        log.Surroundings.Touch(point);
        if (IsFenced || open.IsDecided)
        {
            log.Surroundings.Ended(byTimeout: true);
            return Spend(TransactionOutcome.Fenced, "fenced, or the transaction timed out");
        }

        if (!log.Surroundings.IsAway) return null;
        // The abort does not arrive either: what was written stays open until the next writer or the timeout ends it.
        return Spend(TransactionOutcome.Unknown, "the log went away");
    }

    private SimulatedPartition[]? Place(IReadOnlyList<NewRecord> records, out string? missing)
    {
        var places = new SimulatedPartition[records.Count];
        for (var i = 0; i < places.Length; i++)
        {
            missing = records[i].Topic;
            if (_cluster.Topic(missing) is not { } topic) return null;
            places[i] = topic.Partitions[records[i].Partition ?? Partitioner.PartitionOf(records[i].Key.Span, topic.Partitions.Count)];
        }

        missing = null;
        return places;
    }

    private List<int> Refused(IReadOnlyList<NewRecord> records)
    {
        var refused = new List<int>();
        for (var i = 0; i < records.Count; i++)
            if (LogTransaction.BytesOf(records[i]) > _cluster.Topic(records[i].Topic)!.Value.Spec.MaxRecordBytes || _cluster.Refuses(records[i])) refused.Add(i);
        return refused;
    }

    private TransactionResult Spend(TransactionOutcome outcome, string reason)
    {
        _spent = new TransactionResult(outcome, null, reason);
        return _spent.Value;
    }

    private static TransactionResult Aborted(string reason) => new(TransactionOutcome.Aborted, null, reason);

    private static void RequireBounds(LogTransaction transaction)
    {
        if (transaction.Records.Count > LogTransaction.MaxRecords) throw new ArgumentException("too many records for one transaction", nameof(transaction));
        var bytes = 0L;
        foreach (var record in transaction.Records) bytes += LogTransaction.BytesOf(record);
        if (bytes > LogTransaction.MaxBytes) throw new ArgumentException("too many bytes for one transaction", nameof(transaction));
    }
}
