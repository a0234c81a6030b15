using System.Text;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas.Avro;

namespace Pipeline.Runtime.Transforming;

/// <summary>
/// Reads the books of assigned partitions from the compacted topic that keeps them: a partition's state is in the partition of the same
/// number.
/// <code>
///   committed position (the loop) ──(1)──► end of the state, uncommitted records counted ──(2)──► committed records up to it ──(3)──► checks
/// </code>
/// A position is visible before somebody's open transaction lets the state that belongs to it be seen: hence the end, and not what a
/// committed reader takes for it.
/// </summary>
/// <typeparam name="TState">Record of the state.</typeparam>
/// <typeparam name="TBook">What a step remembers of one partition.</typeparam>
/// <param name="source">Topic that the state is made of.</param>
/// <param name="topic">Topic of the state.</param>
/// <param name="ifMissing">What follows from state that is missing, for the operator.</param>
public abstract class StateRestore<TState, TBook>(ILog log, SchemaCatalog schemas, string source, string topic, string ifMissing) : PartitionRestore(schemas)
    where TState : class, IAvroRecord<TState>
{
    private readonly RecordReader<TState> _reader = new(schemas);
    private readonly Dictionary<int, (TBook Book, StateExtent Extent)> _restored = [];

    /// <summary>Partitions of both topics; 0 before the first restore.</summary>
    public int PartitionCount { get; private set; }

    /// <summary>Partitions that must not be read, because their state and their position do not belong together.</summary>
    public IReadOnlyList<StoppedPartition> Stopped { get; private set; } = [];

    /// <summary>Hands the books over once all is restored, except those of partitions that are stopped.</summary>
    public void HandOver(Dictionary<TopicPartition, TBook> books)
    {
        var stopped = new List<StoppedPartition>();
        foreach (var (partition, position) in Request!.Positions)
        {
            var (book, extent) = Restored(partition.Partition);
            if (extent.Check(partition, position, PartitionCount, Request.StartFrom, ifMissing) is { } wrong) stopped.Add(wrong);          // (3)
            else books[partition] = Ready(book, position);
        }

        if (stopped.Count > 0) Stopped = [.. Stopped, .. stopped];
        Abandon();
    }

    public void Revoked(IReadOnlyList<TopicPartition> partitions)
    {
        Abandon();
        if (Stopped.Any(stopped => partitions.Contains(stopped.Partition))) Stopped = [.. Stopped.Where(stopped => !partitions.Contains(stopped.Partition))];
    }

    public override void Dispose()
    {
        base.Dispose();
        _reader.Dispose();
    }

    /// <summary>A book of the partition with nothing in it.</summary>
    protected abstract TBook Open(int partition);

    /// <summary>Takes a record of the state into the book and its extent.</summary>
    protected abstract void Add(TState state, TBook book, StateExtent extent);

    /// <summary>Takes a tombstone.</summary>
    protected abstract void Remove(string key, TBook book);

    /// <summary>All is in the book.</summary>
    /// <param name="position">The group's position: where the book goes on.</param>
    protected abstract TBook Ready(TBook book, long position);

    /// <exception cref="LoopStoppedException">The two topics differ in their number of partitions.</exception>
    protected sealed override CommittedRead? Begin(RestoreRequest request)
    {
        if (log.PartitionCount(source) is not (> 0 and var sources) || log.PartitionCount(topic) is not (> 0 and var states)) return null;
        if (sources != states)
        {
            throw new LoopStoppedException($"{source} has {sources} partitions and {topic} has {states}: "
                + "they must have the same number, which never changes; make the one with fewer anew");
        }

        PartitionCount = sources;
        return CommittedRead.Begin(log, request.Positions.Keys.Select(one => new TopicPartition(topic, one.Partition)));                  // (1)
    }

    protected sealed override void Take(LogRecord record)                                                                                 // (2)
    {
        var (book, extent) = Restored(record.Source.Partition);
        if (record.Value.IsEmpty) Remove(Encoding.UTF8.GetString(record.Key.Span), book);
        else if (_reader.Read(record, out var state, out _) is var outcome && outcome != RecordReadOutcome.Ok) extent.Unreadable(record, outcome);
        else Add(state!, book, extent);
    }

    protected override void Forget() => _restored.Clear();

    private (TBook Book, StateExtent Extent) Restored(int partition)
    {
        if (!_restored.TryGetValue(partition, out var restored)) _restored[partition] = restored = (Open(partition), new StateExtent());
        return restored;
    }
}
