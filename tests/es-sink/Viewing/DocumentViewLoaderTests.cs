using Pipeline.EsSink.Viewing;
using Pipeline.Runtime.Log;
using Xunit;

namespace Pipeline.EsSink.Tests.Viewing;

public sealed class DocumentViewLoaderTests : IDisposable
{
    private readonly Records _records = new();

    public void Dispose() => _records.Dispose();

    [Fact]
    public void Load_OfAllPartitions_HasEveryEventOnceInItsNewestRevision()
    {
        var log = new StoredLog(
            Values(SampleEvents.Event(1, netTotal: 1m), SampleEvents.Event(2, netTotal: 1m)),
            [],
            [.. Values(SampleEvents.Event(1, revision: 2, netTotal: 5m)), [9, 9, 9]]);
        var view = new DocumentView();
        Assert.True(new DocumentViewLoader(log, _records.Catalog, view).Load(CancellationToken.None));
        Assert.Equal(
            [new ViewedEvent(SampleEvents.IdOf(1), 2, 5m), new ViewedEvent(SampleEvents.IdOf(2), 1, 1m)],
            view.Events().OrderBy(static seen => seen.EventId));
    }

    [Fact]
    public void Load_WithMarkersBehindTheLastRecord_Ends()
    {
        var log = new StoredLog(Values(SampleEvents.Event(1))) { MarkersAtEnd = 3 };
        var view = new DocumentView();
        Assert.True(new DocumentViewLoader(log, _records.Catalog, view).Load(CancellationToken.None));
        Assert.Equal(1, view.EventCount);
    }

    [Fact]
    public void Load_WhileTheLogIsAway_SaysSo() =>
        Assert.False(new DocumentViewLoader(new StoredLog { IsAway = true }, _records.Catalog, new DocumentView()).Load(CancellationToken.None));

    private byte[][] Values(params IEnumerable<Schemas.LlmUsage> events) => [.. events.Select(_records.Frame)];

    /// <summary>Topic `llm-usage` with the given values, to be read by a cursor.</summary>
    private sealed class StoredLog(params byte[][][] partitions) : ILog
    {
        public bool IsAway { get; init; }
        public int MarkersAtEnd { get; init; }

        public int? PartitionCount(string topic) => IsAway ? null : partitions.Length;

        public PartitionBounds? ReadBounds(TopicPartition partition) =>
            new PartitionBounds(0, partitions[partition.Partition].Length + (partitions[partition.Partition].Length == 0 ? 0 : MarkersAtEnd));

        public ILogReader OpenCursor(IReadOnlyDictionary<TopicPartition, long> from) =>
            new Cursor([.. from.Keys.Select(partition => (partition, partitions[partition.Partition]))]);

        public IReadOnlyList<string>? Provision(IReadOnlyList<TopicSpec> topics) => throw new NotSupportedException();

        public ILogReader OpenReader(ReaderOptions options) => throw new NotSupportedException();

        public ILogWriter? OpenWriter(string transactionalId, out string? reason) => throw new NotSupportedException();

        public PositionRead ReadPosition(string group, TopicPartition partition) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }

    private sealed class Cursor(IReadOnlyList<(TopicPartition Partition, byte[][] Values)> partitions) : ILogReader
    {
        private int _next;

        public IReadOnlyList<StoppedPartition> Stopped => [];

        public RecordBatch Read(int maxRecords, int maxBytes, TimeSpan maxWait, CancellationToken stop)
        {
            if (_next >= partitions.Count) return RecordBatch.Empty;
            var (partition, values) = partitions[_next++];
            var records = values.Select((value, i) => new LogRecord(partition, i, SampleEvents.Noon, default, value, [])).ToList();
            return new RecordBatch(records, new Dictionary<TopicPartition, long> { [partition] = values.Length }, null);
        }

        public bool Rewind() => throw new NotSupportedException();

        public void Hold(TimeSpan wait, CancellationToken stop) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
