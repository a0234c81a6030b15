using Pipeline.Runtime.Log;

namespace Pipeline.BudgetWatcher.Tests;

/// <summary>What befalls a transaction.</summary>
public enum Fate
{
    Committed,
    Aborted,

    /// <summary>Written, and the answer lost.</summary>
    DoneButUnknown,

    /// <summary>Not written, and the answer lost.</summary>
    LostAndUnknown,

    /// <summary>The process dies before it.</summary>
    Crash,

    /// <summary>The process dies after it.</summary>
    CrashAfter,
}

internal sealed class CrashException : Exception;

/// <summary>A log whose transactions end as the test says, and that hides topics as an open transaction of somebody else does.</summary>
internal sealed class FaultyLog(ILog log) : ILog
{
    /// <summary>How the next transactions end; after the last they commit.</summary>
    public Queue<Fate> Fates { get; } = new();

    /// <summary>Cursors see none of its records.</summary>
    public string? Hidden { get; set; }

    /// <summary>Partitions' records before these offsets were deleted by retention.</summary>
    public Dictionary<TopicPartition, long> DeletedBefore { get; } = [];

    public List<LogTransaction> Transactions { get; } = [];

    public IReadOnlyList<string>? Provision(IReadOnlyList<TopicSpec> topics) => log.Provision(topics);

    public ILogReader OpenReader(ReaderOptions options) => log.OpenReader(options);

    public ILogReader OpenCursor(IReadOnlyDictionary<TopicPartition, long> from) => new Cursor(log.OpenCursor(from), () => from.Keys.Any(partition => partition.Topic == Hidden));

    public ILogWriter? OpenWriter(string transactionalId, out string? reason) => log.OpenWriter(transactionalId, out reason) is { } writer ? new Writer(this, writer) : null;

    public PositionRead ReadPosition(string group, TopicPartition partition) => log.ReadPosition(group, partition);

    public PartitionBounds? ReadBounds(TopicPartition partition) =>
        log.ReadBounds(partition) is { } bounds ? bounds with { Start = Math.Max(bounds.Start, DeletedBefore.GetValueOrDefault(partition)) } : null;

    public int? PartitionCount(string topic) => log.PartitionCount(topic);

    public void Dispose() => log.Dispose();

    private sealed class Writer(FaultyLog faulty, ILogWriter writer) : ILogWriter
    {
        public TransactionResult Execute(LogTransaction transaction)
        {
            faulty.Transactions.Add(transaction);
            var fate = faulty.Fates.TryDequeue(out var next) ? next : Fate.Committed;
            if (fate is Fate.Crash) throw new CrashException();
            if (fate is Fate.Aborted) return new TransactionResult(TransactionOutcome.Aborted, Reason: "as the test says");
            if (fate is Fate.LostAndUnknown) return new TransactionResult(TransactionOutcome.Unknown, Reason: "as the test says");
            var result = writer.Execute(transaction);
            if (fate is Fate.CrashAfter) throw new CrashException();
            return fate is Fate.DoneButUnknown ? new TransactionResult(TransactionOutcome.Unknown, Reason: "as the test says") : result;
        }

        public void Dispose() => writer.Dispose();
    }

    private sealed class Cursor(ILogReader cursor, Func<bool> isHidden) : ILogReader
    {
        public IReadOnlyList<StoppedPartition> Stopped => cursor.Stopped;

        public RecordBatch Read(int maxRecords, int maxBytes, TimeSpan maxWait, CancellationToken stop) =>
            isHidden() ? RecordBatch.Empty : cursor.Read(maxRecords, maxBytes, maxWait, stop);

        public bool Rewind() => cursor.Rewind();

        public void Hold(TimeSpan wait, CancellationToken stop) => cursor.Hold(wait, stop);

        public void Dispose() => cursor.Dispose();
    }
}
