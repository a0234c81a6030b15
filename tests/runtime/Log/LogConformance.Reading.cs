using System.Diagnostics;
using Pipeline.Runtime.Log;
using Xunit;

namespace Pipeline.Runtime.Tests.Log;

public abstract partial class LogConformance
{
    [Fact]
    public void Provision_Twice_MakesTopicsAndPositionsOnce()
    {
        Assert.Equal(0, Log.PartitionCount(Topic));

        ProvisionBoth();
        Write(Records(Topic, 3, partition: 1));
        ProvisionBoth();

        Assert.Equal(Partitions, Log.PartitionCount(Topic));
        Assert.Equal(new PartitionBounds(0, 0), Log.ReadBounds(new(Topic, 0)));
        for (var partition = 0; partition < Partitions; partition++) Assert.Equal(new PositionRead(true, 0), Log.ReadPosition(Group, new(Topic, partition)));
    }

    [Fact]
    public void Provision_TopicWithFewerPartitions_AddsThemWithTheirPositions()
    {
        ProvisionBoth();
        var told = new List<string>();
        var reader = OpenReader(told: told);
        ReadUntil(reader, () => told.Count > 0);

        Assert.Empty(Log.Provision([Spec(Topic, Group) with { Partitions = Partitions + 2 }])!);
        Write(Record(Topic, "into a new one", partition: Partitions + 1));

        Assert.Equal(["into a new one"], ReadSome(reader).Records.Select(KeyOf));
        Assert.Empty(reader.Stopped);
    }

    [Fact]
    public void Read_Bounds_AreKept()
    {
        ProvisionBoth();
        Write(Records(Topic, 50));
        var reader = OpenReader();

        Assert.Single(ReadSome(reader, maxRecords: 1).Records);
        var batch = reader.Read(1_000, 1, Bound, default);
        Assert.Single(batch.Records);

        using var stop = new CancellationTokenSource();
        Assert.Equal(48, ReadCount(reader, 48).Count);
        var began = Stopwatch.StartNew();
        Assert.True(reader.Read(10, int.MaxValue, ShortWait, stop.Token).IsEmpty);
        stop.Cancel();
        Assert.True(reader.Read(10, int.MaxValue, Bound, stop.Token).IsEmpty);
        Assert.True(began.Elapsed < Bound / 2, "waited longer than asked");
    }

    [Fact]
    public void Read_AfterReopening_GoesOnFromTheCommittedPosition()
    {
        ProvisionBoth();
        Write(Records(Topic, 30, partition: 0));
        using (var reader = Log.OpenReader(new ReaderOptions(Group, [Topic])))
        {
            Assert.Equal(TransactionOutcome.Committed, Copy(OpenWriter(), ReadSome(reader, maxRecords: 10)).Outcome);
            Assert.Equal("key-10", KeyOf(ReadSome(reader, maxRecords: 1).Records[0]));
        }

        var records = ReadCount(OpenReader(), 20);

        Assert.Equal("key-10", KeyOf(records[0]));
    }

    [Fact]
    public void Rewind_AfterATransactionThatDidNotCommit_TheSameRecordsComeAgain()
    {
        ProvisionBoth();
        Write(Records(Topic, 30, partition: 0));
        var reader = OpenReader();
        var writer = OpenWriter();
        Copy(writer, ReadSome(reader, maxRecords: 10));
        OpenWriter();
        Assert.Equal(TransactionOutcome.Fenced, Copy(writer, ReadSome(reader, maxRecords: 10)).Outcome);
        ReadSome(reader, maxRecords: 5);

        Assert.True(reader.Rewind());

        Assert.Equal("key-10", KeyOf(ReadSome(reader, maxRecords: 10).Records[0]));
        Assert.True(reader.Rewind());
        Assert.Equal("key-10", KeyOf(ReadCount(reader, 20)[0]));
    }

    [Fact]
    public void Hold_ThenRead_NothingIsLostOrRepeated()
    {
        ProvisionBoth();
        Write(Records(Topic, 40));
        var reader = OpenReader();
        var keys = ReadSome(reader, maxRecords: 7).Records.Select(KeyOf).ToList();

        for (var i = 0; i < 3; i++)
        {
            reader.Hold(ShortWait, default);
            keys.AddRange(ReadSome(reader, maxRecords: 5).Records.Select(KeyOf));
        }

        keys.AddRange(ReadCount(reader, 40 - keys.Count).Select(KeyOf));
        Assert.Equal(Records(Topic, 40).Select(record => System.Text.Encoding.UTF8.GetString(record.Key.Span)).Order(), keys.Order());
        Assert.True(reader.Read(1, int.MaxValue, ShortWait, default).IsEmpty);
    }

    [Fact]
    public void Hold_PartitionsRevokedMeanwhile_AreReadAgainWhenTheyComeBack()
    {
        ProvisionBoth();
        var told = new List<string>();
        var reader = OpenReader(told: told);
        ReadUntil(reader, () => told.Contains("assigned 3"));
        using (var second = Log.OpenReader(new ReaderOptions(Group, [Topic])))
        {
            var deadline = DateTime.UtcNow + Bound;
            while (!told.Any(static one => one is "assigned 1" or "assigned 2"))
            {
                Assert.True(DateTime.UtcNow < deadline, string.Join(", ", told));
                second.Read(1, int.MaxValue, ShortWait, default);
                reader.Hold(ShortWait, default);
            }
        }

        Write(Records(Topic, 30));

        Assert.Equal(30, ReadCount(reader, 30).Select(KeyOf).Distinct().Count());
    }

    [Fact]
    public void Read_SecondReaderJoinsInMidBatch_NothingIsLostOrDoubled()
    {
        ProvisionBoth();
        Write(Records(Topic, 300));
        var (told, toldSecond) = (new List<string>(), new List<string>());
        var first = OpenReader(told: told);
        var (writer, secondWriter) = (OpenWriter(), OpenWriter("second-" + WriterId));
        var held = ReadSome(first, maxRecords: 50);
        var second = OpenReader(told: toldSecond);
        second.Read(1, int.MaxValue, ShortWait, default);

        Assert.Equal(TransactionOutcome.Committed, Copy(writer, held).Outcome);
        var copied = held.Records.Count;
        var deadline = DateTime.UtcNow + Bound;
        while (toldSecond.Count == 0 || copied < 300)
        {
            Assert.True(DateTime.UtcNow < deadline, $"{copied} of 300 after {Bound}");
            Move(first, writer);
            Move(second, secondWriter);
        }

        Assert.Equal(300, ReadWhole(Output).Select(KeyOf).Distinct().Count());
        Assert.Equal(300, ReadWhole(Output).Count);
        Assert.Contains("revoked 3", told);
        Assert.True(toldSecond[0] is "assigned 1" or "assigned 2", toldSecond[0]);

        void Move(ILogReader reader, ILogWriter with)
        {
            var batch = reader.Read(20, int.MaxValue, ShortWait, default);
            if (batch.IsEmpty) return;
            if (Copy(with, batch).Outcome == TransactionOutcome.Committed) copied += batch.Records.Count;
            else Assert.True(reader.Rewind());
        }
    }

    [Fact]
    public void Execute_BatchOfAnEndedGeneration_IsNotCommitted()
    {
        ProvisionBoth();
        Write(Records(Topic, 30));
        var told = new List<string>();
        var first = OpenReader();
        var held = ReadSome(first, maxRecords: 10);
        var second = OpenReader(told: told);
        var deadline = DateTime.UtcNow + Bound;
        while (told.Count == 0)
        {
            Assert.True(DateTime.UtcNow < deadline, "the second reader got nothing");
            second.Read(1, int.MaxValue, ShortWait, default);
            first.Read(1, int.MaxValue, ShortWait, default);
        }

        var result = Copy(OpenWriter(), held);

        Assert.Equal(TransactionOutcome.Aborted, result.Outcome);
        Assert.Empty(ReadWhole(Output));
        for (var partition = 0; partition < Partitions; partition++) Assert.Equal(0, Log.ReadPosition(Group, new(Topic, partition)).Next);
    }

    [Fact]
    public void Read_PositionIsMissing_ThePartitionStopsUntilTheOperatorSaysFromWhere()
    {
        Assert.Empty(Log.Provision([Spec(Topic), Spec(Output)])!);
        Write(Records(Topic, 10, partition: 1));
        using (var reader = Log.OpenReader(new ReaderOptions(Group, [Topic])))
        {
            ReadUntil(reader, () => reader.Stopped.Count > 0);
            Assert.Equal(new TopicPartition(Topic, 1), Assert.Single(reader.Stopped).Partition);
            Assert.Null(reader.Stopped[0].LostRecords);
            Assert.Contains("--start-from", reader.Stopped[0].Reason);
        }

        using (var latest = Log.OpenReader(new ReaderOptions("late-" + Group, [Topic], StartFrom: StartFrom.Latest)))
            ReadUntil(latest, () => Log.ReadPosition("late-" + Group, new(Topic, 1)).Next >= 10);

        var earliest = OpenReader(StartFrom.Earliest);
        Assert.Equal(10, ReadCount(earliest, 10).Count);
        Assert.Empty(earliest.Stopped);
    }

    [Fact]
    public void Read_PositionPastTheEnd_ThePartitionStopsWithWhatIsLost()
    {
        ProvisionBoth();
        Write(Records(Topic, 10, partition: 1));
        var end = Log.ReadBounds(new(Topic, 1))!.Value.End;
        var ahead = new PositionCommit(Group, new Dictionary<TopicPartition, long> { [new(Topic, 1)] = end + 40 });
        Assert.Equal(TransactionOutcome.Committed, OpenWriter().Execute(new LogTransaction([], ahead)).Outcome);

        var reader = OpenReader();
        ReadUntil(reader, () => reader.Stopped.Count > 0);

        Assert.Equal(40, reader.Stopped[0].LostRecords);
        Write(Records(Topic, 1, partition: 0));
        Assert.Equal(0, ReadSome(reader).Records[0].Source.Partition);
    }

    [Fact]
    public void Cursor_FromAnOffset_ReadsCommittedRecordsToTheEndAndBack()
    {
        ProvisionBoth();
        Write(Records(Topic, 10, partition: 2));
        var partition = new TopicPartition(Topic, 2);
        using var cursor = Log.OpenCursor(new Dictionary<TopicPartition, long> { [partition] = 4 });

        Assert.Equal("key-4", KeyOf(ReadSome(cursor, maxRecords: 3).Records[0]));
        Assert.True(cursor.Rewind());
        Assert.Equal(6, ReadCount(cursor, 6).Count);
        Assert.Equal(10, ReadWhole(Topic).Count);
    }
}
