using Pipeline.Runtime.Log;

namespace Pipeline.GatewayEdge.Tests.Spooling;

/// <summary>The embedded log with the failures of a distributed one, chosen by the test.</summary>
internal sealed class FaultyLog(ILog log) : ILog
{
    /// <summary>Decides about each transaction before it is done; null = do it.</summary>
    public Func<LogTransaction, TransactionResult?> Before { get; set; } = static _ => null;

    /// <summary>Changes the answer after it was done.</summary>
    public Func<TransactionResult, TransactionResult> After { get; set; } = static result => result;

    public Func<PositionRead, PositionRead> Position { get; set; } = static read => read;

    public bool IsAway { get; set; }

    public List<LogTransaction> Committed { get; } = [];

    public IReadOnlyList<string>? Provision(IReadOnlyList<TopicSpec> topics) => IsAway ? null : log.Provision(topics);

    public ILogReader OpenReader(ReaderOptions options) => log.OpenReader(options);

    public ILogReader OpenCursor(IReadOnlyDictionary<TopicPartition, long> from) => log.OpenCursor(from);

    public ILogWriter? OpenWriter(string transactionalId, out string? reason)
    {
        reason = "no broker answers";
        return IsAway || log.OpenWriter(transactionalId, out reason) is not { } writer ? null : new FaultyWriter(this, writer);
    }

    public PositionRead ReadPosition(string group, TopicPartition partition) => IsAway ? new(false, null) : Position(log.ReadPosition(group, partition));

    public PartitionBounds? ReadBounds(TopicPartition partition) => log.ReadBounds(partition);

    public int? PartitionCount(string topic) => IsAway ? null : log.PartitionCount(topic);

    public void Dispose() => log.Dispose();

    private sealed class FaultyWriter(FaultyLog faults, ILogWriter writer) : ILogWriter
    {
        public TransactionResult Execute(LogTransaction transaction)
        {
            if (faults.IsAway) return new(TransactionOutcome.Aborted, null, "away");
            if (faults.Before(transaction) is { } instead) return instead;
            var result = writer.Execute(transaction);
            if (result.Outcome == TransactionOutcome.Committed) faults.Committed.Add(transaction with { Records = [.. transaction.Records] });
            return faults.After(result);
        }

        public void Dispose() => writer.Dispose();
    }
}
