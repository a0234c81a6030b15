using System.Text;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Embedded;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Segments;
using Pipeline.Runtime.Tests.Embedded;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.Runtime.Tests.Transforming;

public sealed class StateRestoreTests : IDisposable
{
    private const string Source = "source";
    private const string State = "state";
    private const int Partitions = 2;

    private readonly EmbeddedLog _log = EmbeddedWorld.Open(new SimulatedDisk(new Random(1)).Root);
    private readonly SchemaCatalog _schemas = new(new FileSchemaRegistry(null), [SchemaSet.BookedResponse]);
    private readonly RecordWriter<BookedResponse> _writer;
    private readonly Responses _responses;
    private readonly Dictionary<TopicPartition, SortedSet<string>> _books = [];

    public StateRestoreTests()
    {
        Provision(Partitions);
        Assert.True(_schemas.Prepare(default));
        _writer = new RecordWriter<BookedResponse>(_schemas);
        _responses = new Responses(_log, _schemas);
    }

    public void Dispose()
    {
        _responses.Dispose();
        _writer.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void HandOver_StateOfThePositions_GivesEachPartitionItsBook()
    {
        Write(Entry(0, "a", 0), Entry(0, "b", 4), Position(0, 5), Entry(1, "c", 1), Tombstone(0, "a"), Position(1, 2));
        Restore((0, 5), (1, 2));
        Assert.Empty(_responses.Stopped);
        Assert.Equal(["b", "ready 5"], _books[Of(0)]);
        Assert.Equal(["c", "ready 2"], _books[Of(1)]);
        Assert.Equal(Partitions, _responses.PartitionCount);
    }

    [Fact]
    public void HandOver_NoStateAndPositionZero_GivesAnEmptyBook()
    {
        Restore((1, 0));
        Assert.Equal(["ready 0"], _books[Of(1)]);
    }

    [Fact]
    public void HandOver_PositionSetBack_StopsThatPartitionUntilItIsRevoked()
    {
        Write(Entry(0, "a", 4), Position(0, 5), Entry(1, "c", 1), Position(1, 2));
        Restore((0, 3), (1, 2));
        Assert.Equal([Of(1)], _books.Keys);
        var stopped = Assert.Single(_responses.Stopped);
        Assert.Equal(Of(0), stopped.Partition);
        Assert.Contains("source[0]: its state includes offsets up to 4, but the group's position is 3", stopped.Reason);

        _responses.Revoked([Of(1)]);
        Assert.Single(_responses.Stopped);
        _responses.Revoked([Of(0)]);
        Assert.Empty(_responses.Stopped);
    }

    [Fact]
    public void HandOver_RecordThatCannotBeRead_StopsThePartitionEvenIfTheOperatorSaysGoOn()
    {
        Write(new NewRecord(State, "a"u8.ToArray(), "no frame"u8.ToArray(), 0));
        Restore(StartFrom.Earliest, (0, 0));
        Assert.Contains("state[0] offset 0 cannot be read", Assert.Single(_responses.Stopped).Reason);
        Assert.Empty(_books);
    }

    [Fact]
    public void Continue_TopicsOfDifferentPartitionCounts_StopsTheLoopAndNamesBoth()
    {
        Provision(1, "narrow");
        using var responses = new Responses(_log, _schemas, "narrow");
        var stopped = Assert.Throws<LoopStoppedException>(() => responses.Continue(Request(null, (0, 0)), default));
        Assert.Contains("source has 2 partitions and narrow has 1", stopped.Message);
    }

    [Fact]
    public void Continue_TopicMissing_Waits()
    {
        using var responses = new Responses(_log, _schemas, "missing");
        Assert.Equal(RestoreOutcome.Waiting, responses.Continue(Request(null, (0, 0)), default));
    }

    private void Provision(int partitions, string state = State) => Assert.Empty(_log.Provision(
        [new TopicSpec(Source, Partitions, TimeSpan.FromDays(1), 100_000, ["group"]), new TopicSpec(state, partitions, null, 100_000, [])])!);

    private void Restore(params (int Partition, long Position)[] positions) => Restore(null, positions);

    private void Restore(StartFrom? startFrom, params (int Partition, long Position)[] positions)
    {
        var request = Request(startFrom, positions);
        while (_responses.Continue(request, default) is var outcome && outcome != RestoreOutcome.Restored) Assert.Equal(RestoreOutcome.Progressed, outcome);
        _responses.HandOver(_books);
    }

    private static RestoreRequest Request(StartFrom? startFrom, params (int Partition, long Position)[] positions) =>
        new(positions.ToDictionary(static one => Of(one.Partition), static one => one.Position), startFrom);

    private void Write(params NewRecord[] records) => EmbeddedWorld.Write(_log, records);

    private NewRecord Entry(int partition, string response, long included) =>
        Record(partition, new BookedResponse { Response = response, EventId = new Guid(1, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11]), BookedAt = DateTimeOffset.UnixEpoch, Included = included, PartitionCount = Partitions });

    private NewRecord Position(int partition, long position) =>
        Record(partition, new BookedResponse { Response = "", BookedAt = DateTimeOffset.UnixEpoch, Included = position - 1, PartitionCount = Partitions });

    private NewRecord Record(int partition, BookedResponse state) => _writer.Record(State, Encoding.ASCII.GetBytes(state.Response), state, partition);

    private static NewRecord Tombstone(int partition, string response) => new(State, Encoding.ASCII.GetBytes(response), default, partition);

    private static TopicPartition Of(int partition) => new(Source, partition);

    /// <summary>Remembers the names of responses.</summary>
    private sealed class Responses(ILog log, SchemaCatalog schemas, string state = State) : StateRestore<BookedResponse, SortedSet<string>>(log, schemas, Source, state, "it is lost")
    {
        protected override SortedSet<string> Open(int partition) => [];

        protected override void Add(BookedResponse state, SortedSet<string> book, StateExtent extent)
        {
            if (state.EventId is null) extent.IncludeAll(state.Included, state.PartitionCount);
            else extent.Include(state.Included, state.PartitionCount);
            if (state.EventId is not null) book.Add(state.Response);
        }

        protected override void Remove(string key, SortedSet<string> book) => book.Remove(key);

        protected override SortedSet<string> Ready(SortedSet<string> book, long position) => [.. book, $"ready {position}"];
    }
}
