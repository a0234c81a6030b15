using System.Text;
using Pipeline.Runtime.Log;
using Xunit;

namespace Pipeline.Runtime.Tests.Log;

/// <summary>
/// What every engine of the log must do, whatever it is made of. An engine's tests derive from this and say how to open it;
/// each test has topics, groups and transactional ids of its own.
/// </summary>
public abstract partial class LogConformance : IDisposable
{
    protected const int Partitions = 3;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(100);

    private readonly List<IDisposable> _opened = [];
    private readonly string _own = Guid.NewGuid().ToString("N")[..12];
    private ILog? _log;

    /// <summary>Opens the engine; skips the test where that cannot be.</summary>
    protected abstract ILog OpenLog();

    protected ILog Log => _log ??= Opened(OpenLog());

    protected string Group => "group-" + _own;

    protected string Topic => "topic-" + _own;

    protected string Output => "output-" + _own;

    protected string WriterId => "writer-" + _own;

    public void Dispose()
    {
        for (var i = _opened.Count - 1; i >= 0; i--) _opened[i].Dispose();
        GC.SuppressFinalize(this);
    }

    protected T Opened<T>(T opened) where T : IDisposable
    {
        _opened.Add(opened);
        return opened;
    }

    protected static TopicSpec Spec(string topic, params string[] groups) => new(topic, Partitions, TimeSpan.FromDays(1), Topics.MaxRecordBytes, groups);

    /// <summary>Topic with a position 0 for the group, and an output topic.</summary>
    protected void ProvisionBoth() => Assert.Empty(Log.Provision([Spec(Topic, Group), Spec(Output)])!);

    protected ILogWriter OpenWriter(string? id = null)
    {
        var writer = Log.OpenWriter(id ?? WriterId, out var reason);
        Assert.True(writer is not null, reason);
        return Opened(writer);
    }

    protected ILogReader OpenReader(StartFrom? startFrom = null, List<string>? told = null) => Opened(Log.OpenReader(new ReaderOptions(
        Group, [Topic], partitions => told?.Add("assigned " + partitions.Count), partitions => told?.Add("revoked " + partitions.Count), startFrom)));

    protected static NewRecord Record(string topic, string text, int? partition = null) =>
        new(topic, Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes("value of " + text), partition);

    protected static NewRecord[] Records(string topic, int count, int? partition = null) =>
        [.. Enumerable.Range(0, count).Select(i => Record(topic, $"key-{i}", partition))];

    protected static string KeyOf(LogRecord record) => Encoding.UTF8.GetString(record.Key.Span);

    protected void Write(params NewRecord[] records)
    {
        using var writer = Log.OpenWriter("seed-" + WriterId, out _)!;
        Assert.Equal(TransactionOutcome.Committed, writer.Execute(new LogTransaction(records, null)).Outcome);
    }

    /// <summary>Copies the batch to the output topic and moves the positions, in one transaction.</summary>
    protected TransactionResult Copy(ILogWriter writer, RecordBatch batch) => writer.Execute(new LogTransaction(
        [.. batch.Records.Select(record => new NewRecord(Output, record.Key, record.Value))], new PositionCommit(Group, batch.Next, batch.Membership)));

    protected static RecordBatch ReadSome(ILogReader reader, int maxRecords = 1_000)
    {
        var deadline = DateTime.UtcNow + Bound;
        while (DateTime.UtcNow < deadline)
            if (reader.Read(maxRecords, int.MaxValue, ShortWait, default) is { IsEmpty: false } batch) return batch;
        throw new TimeoutException("no record came");
    }

    protected static List<LogRecord> ReadCount(ILogReader reader, int count)
    {
        var records = new List<LogRecord>();
        while (records.Count < count) records.AddRange(ReadSome(reader).Records);
        return records;
    }

    protected static void ReadUntil(ILogReader reader, Func<bool> isDone)
    {
        var deadline = DateTime.UtcNow + Bound;
        while (!isDone())
        {
            Assert.True(DateTime.UtcNow < deadline, "did not come about in time");
            Assert.True(reader.Read(1, int.MaxValue, ShortWait, default).IsEmpty, "a record came");
        }
    }

    /// <summary>Everything committed on the topic, by a cursor from the start to the end that the log reports.</summary>
    protected List<LogRecord> ReadWhole(string topic)
    {
        var partitions = Enumerable.Range(0, Log.PartitionCount(topic)!.Value).Select(partition => new TopicPartition(topic, partition)).ToArray();
        using var cursor = Log.OpenCursor(partitions.ToDictionary(partition => partition, _ => 0L));
        var next = partitions.ToDictionary(partition => partition, _ => 0L);
        var records = new List<LogRecord>();
        var deadline = DateTime.UtcNow + Bound;
        while (partitions.Any(partition => next[partition] < Log.ReadBounds(partition)!.Value.End))
        {
            Assert.True(DateTime.UtcNow < deadline, $"the cursor did not reach the end of {topic}");
            var batch = cursor.Read(1_000, int.MaxValue, ShortWait, default);
            records.AddRange(batch.Records);
            foreach (var (partition, offset) in batch.Next) next[partition] = offset;
        }

        return records;
    }

    /// <summary>Bytes that no compression makes smaller: brokers judge the size of compressed batches.</summary>
    protected static byte[] Noise(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
