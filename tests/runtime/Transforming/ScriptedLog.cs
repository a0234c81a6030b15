using System.Text;
using Pipeline.Runtime.Log;

namespace Pipeline.Runtime.Tests.Transforming;

/// <summary>One partition of input, kept exactly, whose transactions end as the test says.</summary>
internal sealed class ScriptedLog : ILog, ILogReader, ILogWriter
{
    public const string Topic = "in";
    public static readonly TopicPartition Partition = new(Topic, 0);

    private readonly Queue<Func<LogTransaction, TransactionResult?>> _script = new();
    private long _next;
    private Action<IReadOnlyList<TopicPartition>>? _assigned;
    private readonly object _generation = new();

    public List<LogRecord> Input { get; } = [];

    public List<NewRecord> Written { get; } = [];

    public List<LogTransaction> Transactions { get; } = [];

    /// <summary>Committed position.</summary>
    public long Committed { get; private set; }

    /// <summary>What the loop did to the log, in order.</summary>
    public List<string> Calls { get; } = [];

    public bool IsAway { get; set; }

    public IReadOnlyList<StoppedPartition> Stopped => [];

    public void Add(params string[] values)
    {
        foreach (var value in values)
            Input.Add(new LogRecord(Partition, Input.Count, DateTimeOffset.UnixEpoch, Encoding.UTF8.GetBytes("k" + Input.Count), Encoding.UTF8.GetBytes(value), []));
    }

    /// <summary>How the next transactions end, one after the other; after the last they commit.</summary>
    public void Then(params TransactionResult[] results)
    {
        foreach (var result in results) _script.Enqueue(_ => result);
    }

    /// <summary>Refuses, each time, the records of which the test says so.</summary>
    public Func<NewRecord, bool>? Refuses { get; set; }

    public IEnumerable<string> WrittenTo(string topic) => Written.Where(record => record.Topic == topic).Select(record => Encoding.UTF8.GetString(record.Value.Span));

    public TransactionResult Execute(LogTransaction transaction)
    {
        Transactions.Add(transaction);
        var result = _script.TryDequeue(out var scripted) ? scripted(transaction)!.Value : Judge(transaction);
        Calls.Add(result.Outcome.ToString());
        if (result.Outcome != TransactionOutcome.Committed) return result;
        if (!ReferenceEquals(transaction.Positions!.Membership, _generation)) throw new InvalidOperationException("a batch of an ended generation was committed");
        Written.AddRange(transaction.Records);
        Committed = transaction.Positions.Next[Partition];
        return result;
    }

    public RecordBatch Read(int maxRecords, int maxBytes, TimeSpan maxWait, CancellationToken stop)
    {
        _assigned?.Invoke([Partition]);
        _assigned = null;
        var records = Input.Skip((int)_next).Take(maxRecords).ToArray();
        if (records.Length == 0) return RecordBatch.Empty;
        _next += records.Length;
        return new RecordBatch(records, new Dictionary<TopicPartition, long> { [Partition] = _next }, _generation);
    }

    public bool Rewind()
    {
        Calls.Add("Rewind");
        if (IsAway) return false;
        _next = Committed;
        return true;
    }

    public void Hold(TimeSpan wait, CancellationToken stop) => Calls.Add("Hold");

    public ILogReader OpenReader(ReaderOptions options)
    {
        Calls.Add("OpenReader");
        _assigned = options.Assigned;
        _next = Committed;
        return this;
    }

    public ILogWriter? OpenWriter(string transactionalId, out string? reason)
    {
        Calls.Add("OpenWriter");
        reason = IsAway ? "away" : null;
        return IsAway ? null : this;
    }

    public PositionRead ReadPosition(string group, TopicPartition partition) => new(true, Committed);

    public PartitionBounds? ReadBounds(TopicPartition partition) => new PartitionBounds(0, Input.Count);

    public int? PartitionCount(string topic) => 1;

    public IReadOnlyList<string> Provision(IReadOnlyList<TopicSpec> topics) => [];

    public ILogReader OpenCursor(IReadOnlyDictionary<TopicPartition, long> from) => throw new NotSupportedException();

    public void Dispose() => Calls.Add("Dispose");

    private TransactionResult Judge(LogTransaction transaction)
    {
        var refused = Enumerable.Range(0, transaction.Records.Count).Where(index => Refuses?.Invoke(transaction.Records[index]) == true).ToArray();
        return refused.Length == 0 ? TransactionResult.Committed : new TransactionResult(TransactionOutcome.Refused, refused, "MsgSizeTooLarge");
    }
}
