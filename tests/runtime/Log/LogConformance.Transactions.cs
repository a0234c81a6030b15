using System.Text;
using Pipeline.Runtime.Log;
using Xunit;

namespace Pipeline.Runtime.Tests.Log;

public abstract partial class LogConformance
{
    [Fact]
    public void Execute_Committed_RecordsAreReadInOrderOfTheirPartition()
    {
        ProvisionBoth();
        Write(Records(Topic, 100));
        Write(Records(Topic, 100));

        var records = ReadCount(OpenReader(), 200);

        foreach (var partition in records.GroupBy(record => record.Source))
        {
            var offsets = partition.Select(record => record.Offset).ToArray();
            Assert.Equal(offsets.Order(), offsets);
            var firstTime = partition.Select(KeyOf).Take(offsets.Length / 2).ToArray();
            Assert.Equal(firstTime, partition.Select(KeyOf).Skip(offsets.Length / 2));
        }
    }

    [Fact]
    public void Execute_RecordWithoutPartition_GoesWhereTheCommonPartitionerSays()
    {
        ProvisionBoth();
        Write([.. Records(Topic, 50), Record(Topic, "pinned", partition: 2)]);

        foreach (var record in ReadCount(OpenReader(), 51))
            Assert.Equal(KeyOf(record) == "pinned" ? 2 : Partitioner.PartitionOf(record.Key.Span, Partitions), record.Source.Partition);
    }

    [Fact]
    public void Execute_HeadersKeyAndValue_ComeBackAsTheyWere()
    {
        ProvisionBoth();
        RecordHeader[] headers = [new("dl.reason", "malformed"u8.ToArray()), new("empty", default), new("dl.reason", "again"u8.ToArray())];
        Write(new NewRecord(Topic, "k"u8.ToArray(), new byte[] { 0, 1, 255 }, 0, headers), new NewRecord(Topic, default, default, 0));
        var before = DateTimeOffset.UtcNow.AddMinutes(-1);

        var records = ReadCount(OpenReader(), 2);

        Assert.Equal(new byte[] { 0, 1, 255 }, records[0].Value.ToArray());
        Assert.Equal(["dl.reason=malformed", "empty=", "dl.reason=again"], records[0].Headers.Select(header => $"{header.Name}={Encoding.UTF8.GetString(header.Value.Span)}"));
        Assert.InRange(records[0].AppendedAt, before, before.AddMinutes(2));
        Assert.True(records[1].Key.IsEmpty && records[1].Value.IsEmpty && records[1].Headers.Count == 0);
    }

    [Fact]
    public void Execute_WithPositions_MovesRecordsAndPositionsTogether()
    {
        ProvisionBoth();
        Write(Records(Topic, 20, partition: 1));
        var batch = ReadSome(OpenReader());

        Assert.Equal(TransactionOutcome.Committed, Copy(OpenWriter(), batch).Outcome);

        Assert.Equal(batch.Next[new(Topic, 1)], Log.ReadPosition(Group, new(Topic, 1)).Next);
        Assert.Equal(batch.Records.Select(KeyOf).Order(), ReadWhole(Output).Select(KeyOf).Order());
    }

    [Fact]
    public void Execute_SecondWriterWithTheSameId_FencesTheFirst()
    {
        ProvisionBoth();
        Write(Records(Topic, 5));
        var batch = ReadSome(OpenReader());
        var first = OpenWriter();
        Assert.Equal(TransactionOutcome.Committed, first.Execute(new LogTransaction([Record(Output, "before")], null)).Outcome);
        var second = OpenWriter();

        var result = Copy(first, batch);

        Assert.Equal(TransactionOutcome.Fenced, result.Outcome);
        Assert.True(result.IsWriterSpent);
        Assert.Equal(TransactionOutcome.Fenced, Copy(first, batch).Outcome);
        Assert.Equal(["before"], ReadWhole(Output).Select(KeyOf));
        Assert.Equal(TransactionOutcome.Committed, Copy(second, batch).Outcome);
    }

    [Fact]
    public void Execute_RecordOverTheTopicsSize_IsRefusedByItsIndexAndNothingIsWritten()
    {
        ProvisionBoth();
        Write(Records(Topic, 5, partition: 0));
        var batch = ReadSome(OpenReader());
        var writer = OpenWriter();
        var records = Records(Output, 300);
        records[137] = new NewRecord(Output, "too large"u8.ToArray(), Noise(Topics.MaxRecordBytes + 1));
        var positions = new PositionCommit(Group, batch.Next, batch.Membership);

        var result = writer.Execute(new LogTransaction(records, positions));

        Assert.True(result.Outcome == TransactionOutcome.Refused, result.ToString());
        Assert.Equal([137], result.Refused);
        Assert.Empty(ReadWhole(Output));
        Assert.Equal(0, Log.ReadPosition(Group, new(Topic, 0)).Next);

        var rest = records.Where((_, index) => index != 137).ToArray();
        Assert.Equal(TransactionOutcome.Committed, writer.Execute(new LogTransaction(rest, positions)).Outcome);
        Assert.Equal(299, ReadWhole(Output).Count);
    }

    [Fact]
    public void Execute_OverTheBoundsOfATransaction_IsADefectOfTheCaller()
    {
        ProvisionBoth();
        var writer = OpenWriter();
        Assert.Throws<ArgumentException>(() => writer.Execute(new LogTransaction(Records(Output, LogTransaction.MaxRecords + 1), null)));
        Assert.Equal(TransactionOutcome.Committed, writer.Execute(new LogTransaction(Records(Output, LogTransaction.MaxRecords), null)).Outcome);
    }

    [Fact]
    public void Execute_TopicThatDoesNotExist_IsAborted()
    {
        ProvisionBoth();
        Assert.Equal(0, Log.PartitionCount("no-" + Topic));
        var writer = OpenWriter();

        var result = writer.Execute(new LogTransaction([Record("no-" + Topic, "lost")], null));

        Assert.Equal(TransactionOutcome.Aborted, result.Outcome);
        Assert.Contains("no-" + Topic, result.Reason);
        Assert.Equal(TransactionOutcome.Committed, writer.Execute(new LogTransaction([Record(Output, "next")], null)).Outcome);
    }

    [Fact]
    public void Execute_PositionOfAGroupWithoutMembers_IsStoredWithAndWithoutRecords()
    {
        ProvisionBoth();
        var spool = new TopicPartition(Topic, 0);
        var writer = OpenWriter();
        Assert.Equal(new PositionRead(true, null), Log.ReadPosition("spool-" + Group, spool));

        foreach (var (records, position) in new[] { (Records(Output, 3), 7L), ([], 7L), (Records(Output, 1), 12L) })
        {
            var commit = new PositionCommit("spool-" + Group, new Dictionary<TopicPartition, long> { [spool] = position });
            Assert.Equal(TransactionOutcome.Committed, writer.Execute(new LogTransaction(records, commit)).Outcome);
            Assert.Equal(new PositionRead(true, position), Log.ReadPosition("spool-" + Group, spool));
        }
    }
}
