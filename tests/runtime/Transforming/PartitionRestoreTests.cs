using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Embedded;
using Pipeline.Runtime.Segments;
using Pipeline.Runtime.Tests.Embedded;
using Pipeline.Runtime.Transforming;
using Xunit;

namespace Pipeline.Runtime.Tests.Transforming;

public sealed class PartitionRestoreTests : IDisposable
{
    private static readonly TopicPartition Partition = new(EmbeddedWorld.Output, 1);

    private readonly EmbeddedLog _log = EmbeddedWorld.OpenWithTopics(new SimulatedDisk(new Random(1)).Root);
    private readonly Numbers _numbers;
    private readonly RestoreRequest _request = new(new Dictionary<TopicPartition, long>(), null);

    public PartitionRestoreTests() => _numbers = new Numbers(() => CommittedRead.Begin(_log, [Partition]));

    public void Dispose()
    {
        _numbers.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void Continue_NothingThere_IsRestoredAtOnce() => Assert.Equal(RestoreOutcome.Restored, _numbers.Continue(_request, default));

    [Fact]
    public void Continue_RecordsThere_TakesEachOnceInOrder()
    {
        Write(3, 1, 2);
        Assert.Equal(RestoreOutcome.Restored, Continue(_request));
        Assert.Equal(RestoreOutcome.Restored, _numbers.Continue(_request, default));
        Assert.Equal([3, 1, 2], _numbers.Taken);
    }

    [Fact]
    public void Continue_LogAway_WaitsAndBeginsOnceItIsBack()
    {
        Write(1);
        var begin = _numbers.BeginRead;
        _numbers.BeginRead = static () => null;
        Assert.Equal(RestoreOutcome.Waiting, _numbers.Continue(_request, default));
        _numbers.BeginRead = begin;
        Assert.Equal(RestoreOutcome.Restored, Continue(_request));
        Assert.Equal([1], _numbers.Taken);
    }

    [Fact]
    public void Continue_EndNotInSight_WaitsAndGoesOnWhereItWas()
    {
        Write(1, 2);
        _numbers.BeginRead = () => CommittedRead.Begin(_log, Bounds(0, 3));
        Assert.Equal(RestoreOutcome.Waiting, Continue(_request));
        Write(3);
        Assert.Equal(RestoreOutcome.Restored, Continue(_request));
        Assert.Equal([1, 2, 3], _numbers.Taken);
    }

    [Fact]
    public void Continue_BetweenBounds_ReadsFromTheirStart()
    {
        Write(1, 2, 3);
        _numbers.BeginRead = () => CommittedRead.Begin(_log, Bounds(1, 3));
        Assert.Equal(RestoreOutcome.Restored, Continue(_request));
        Assert.Equal([2, 3], _numbers.Taken);
    }

    [Fact]
    public void Continue_RecordsDeletedUnderTheRead_BeginsAnew()
    {
        Write(1, 2);
        var begin = _numbers.BeginRead;
        // An offset that the partition does not hold, as after retention has passed.
        _numbers.BeginRead = () => CommittedRead.Begin(_log, Bounds(7, 9));
        Assert.Equal(RestoreOutcome.Progressed, _numbers.Continue(_request, default));
        _numbers.BeginRead = begin;
        Assert.Equal(RestoreOutcome.Restored, Continue(_request));
        Assert.Equal([1, 2], _numbers.Taken);
    }

    [Fact]
    public void Continue_AnotherRequest_ForgetsWhatTheFirstRead()
    {
        Write(1, 2);
        Assert.Equal(RestoreOutcome.Restored, Continue(_request));
        Assert.Equal(RestoreOutcome.Restored, Continue(_request with { StartFrom = StartFrom.Earliest }));
        Assert.Equal([1, 2], _numbers.Taken);
    }

    private RestoreOutcome Continue(RestoreRequest request)
    {
        RestoreOutcome outcome;
        do outcome = _numbers.Continue(request, default);
        while (outcome == RestoreOutcome.Progressed);
        return outcome;
    }

    private void Write(params long[] numbers) => EmbeddedWorld.Write(_log, [.. numbers.Select(static number => EmbeddedWorld.Record(Partition.Topic, number, Partition.Partition))]);

    private static Dictionary<TopicPartition, PartitionBounds> Bounds(long start, long end) => new() { [Partition] = new PartitionBounds(start, end) };

    private sealed class Numbers(Func<CommittedRead?> beginRead) : PartitionRestore(schemas: null)
    {
        public Func<CommittedRead?> BeginRead { get; set; } = beginRead;

        public List<long> Taken { get; } = [];

        protected override CommittedRead? Begin(RestoreRequest request) => BeginRead();

        protected override void Take(LogRecord record) => Taken.Add(EmbeddedWorld.NumberOf(record));

        protected override void Forget() => Taken.Clear();
    }
}
