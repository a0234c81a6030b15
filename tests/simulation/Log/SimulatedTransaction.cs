using Pipeline.Runtime.Log;

namespace Pipeline.Simulation.Tests.Log;

internal enum TransactionState
{
    Open,

    /// <summary>The coordinator has decided; what it decided shows partition by partition, as the markers arrive.</summary>
    Committing,
    Aborting,
    Committed,
    Aborted,
}

/// <summary>One transaction as the brokers know it.</summary>
internal sealed class SimulatedTransaction(SimulatedProducer producer, DateTimeOffset began)
{
    public SimulatedProducer Producer => producer;
    public DateTimeOffset Began => began;
    public TransactionState State { get; set; } = TransactionState.Open;

    /// <summary>Partitions whose marker has not been written yet.</summary>
    public List<SimulatedPartition> Unmarked { get; } = [];

    /// <summary>Positions that have not shown yet.</summary>
    public List<(string Group, TopicPartition Partition, long Next)> Positions { get; } = [];

    public bool IsDecided => State != TransactionState.Open;
    public bool IsEnded => State is TransactionState.Committed or TransactionState.Aborted;
    public bool WillCommit => State is TransactionState.Committing or TransactionState.Committed;
}

/// <summary>A transactional id: the newest epoch is the only one that may write.</summary>
internal sealed class SimulatedProducer(string id)
{
    public string Id => id;
    public int Epoch { get; set; }
    public SimulatedTransaction? Current { get; set; }
}

/// <summary>Entries of one partition: records and the markers that end transactions, each with an offset.</summary>
internal sealed class SimulatedPartition(TopicPartition name)
{
    private readonly List<(LogRecord? Record, SimulatedTransaction? Transaction)> _entries = [];
    private readonly Dictionary<SimulatedTransaction, long> _open = [];

    public TopicPartition Name => name;
    public long Start => 0;

    /// <summary>The high watermark: what is not committed counts.</summary>
    public long End => _entries.Count;

    /// <summary>First offset of the oldest transaction without its marker here; committed readers stop before it.</summary>
    public long LastStableOffset => _open.Count == 0 ? End : _open.Values.Min();

    public void Append(SimulatedTransaction transaction, in NewRecord record, DateTimeOffset now)
    {
        if (_open.TryAdd(transaction, End)) transaction.Unmarked.Add(this);
        // The caller's buffers are its own again when the call returns.
        var headers = record.Headers is null ? [] : record.Headers.Select(static header => new RecordHeader(header.Name, header.Value.ToArray())).ToArray();
        _entries.Add((new LogRecord(name, End, now, record.Key.ToArray(), record.Value.ToArray(), headers), transaction));
    }

    public void Mark(SimulatedTransaction transaction)
    {
        _open.Remove(transaction);
        _entries.Add((null, transaction));
    }

    /// <summary>The entry as a committed reader sees it: null for markers and for what was aborted.</summary>
    public LogRecord? Committed(long offset) =>
        _entries[(int)offset] is { Record: { } record, Transaction.WillCommit: true } ? record : null;

    /// <summary>Every committed record that shows.</summary>
    public IEnumerable<LogRecord> Records()
    {
        for (var offset = Start; offset < LastStableOffset; offset++)
            if (Committed(offset) is { } record) yield return record;
    }

    /// <summary>Whether a committed record is at the offset or behind it.</summary>
    public bool HasRecordsFrom(long offset)
    {
        for (; offset < End; offset++)
            if (Committed(offset) is not null || !(_entries[(int)offset].Transaction?.IsDecided ?? true)) return true;
        return false;
    }
}
