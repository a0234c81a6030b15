using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Embedded;
using Pipeline.Runtime.Segments;
using Pipeline.Runtime.Tests.Segments;
using Xunit;
using static Pipeline.Runtime.Tests.Embedded.EmbeddedWorld;

namespace Pipeline.Runtime.Tests.Embedded;

/// <summary>What is particular to the embedded engine; what all engines share is in the conformance suite.</summary>
public sealed class EmbeddedLogTests
{
    [Fact]
    public void Open_AfterClosing_RecordsTopicsAndPositionsAreAsTheyWere()
    {
        using var folder = new TemporaryFolder();
        List<LogRecord> before;
        using (var log = OpenWithTopics(new FileDisk(folder.Path)))
        {
            for (var i = 0L; i < 500; i += 5) Write(log, [.. Enumerable.Range(0, 5).Select(n => Record(n % 2 == 0 ? Input : Output, i + n))]);
            var positions = new PositionCommit(Group, new Dictionary<TopicPartition, long> { [new(Input, 1)] = 17 });
            Assert.Equal(TransactionOutcome.Committed, Writer(log).Execute(new LogTransaction([], positions)).Outcome);
            before = ReadAll(log, Input);
        }

        using var again = Open(new FileDisk(folder.Path));
        Assert.Equal(before.Select(Describe), ReadAll(again, Input).Select(Describe));
        Assert.Equal(Partitions, again.PartitionCount(Output));
        Assert.Equal(17, again.ReadPosition(Group, new(Input, 1)).Next);
        Assert.Equal(0, again.ReadPosition(Group, new(Input, 0)).Next);
        Assert.Empty(again.Provision(Specs)!);
        Write(again, Record(Input, 1_000, partition: 0));
        Assert.Equal(before.Count + 1, ReadAll(again, Input).Count);

        static string Describe(LogRecord record) => $"{record.Source} {record.Offset} {record.AppendedAt:O} {Convert.ToHexString(record.Key.Span)} {record.Value.Length}";
    }

    [Fact]
    public void Open_WhileAnotherProcessHasIt_SaysSo()
    {
        using var folder = new TemporaryFolder();
        using var log = Open(new FileDisk(folder.Path));
        var second = EmbeddedLog.Open(folder.Path, new EmbeddedLogOptions(), TimeProvider.System, NullLogger.Instance);
        Assert.Contains("in use by another process", second.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_DamageInAnOlderSegment_IsRefusedWithFileAndPosition()
    {
        var disk = new SimulatedDisk(new Random(1));
        using (var log = OpenWithTopics(disk.Root))
            for (var i = 0; i < 200; i++) Write(log, Record(Input, i));
        var file = disk.Root.Files()[2];
        disk.Damage("", file, 1_000);
        var opening = EmbeddedLog.Open(disk.Root, new EmbeddedLogOptions(), TimeProvider.System, Guid.NewGuid, NullLogger.Instance);
        Assert.Null(opening.Log);
        Assert.Contains(file, opening.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Execute_DiskFull_IsAbortedAndNothingIsTorn()
    {
        var disk = new SimulatedDisk(new Random(1));
        using var log = OpenWithTopics(disk.Root);
        disk.CapacityBytes = 10_000;
        using var writer = Writer(log);
        var committed = 0L;
        TransactionResult result;
        while ((result = Execute()).Outcome == TransactionOutcome.Committed) committed++;
        Assert.Equal(TransactionOutcome.Aborted, result.Outcome);
        Assert.Contains("full", result.Reason, StringComparison.Ordinal);
        Assert.Equal(TransactionOutcome.Aborted, Execute().Outcome);
        Assert.Equal(committed, ReadAll(log, Input).Count);

        disk.CapacityBytes = long.MaxValue;
        Assert.Equal(TransactionOutcome.Committed, Execute().Outcome);
        log.Dispose();
        using var again = Open(disk.Root);
        Assert.Equal(committed + 1, ReadAll(again, Input).Count);

        TransactionResult Execute() => writer.Execute(new LogTransaction([Record(Input, 1), Record(Output, 1)], null));
    }

    [Fact]
    public void Execute_ClockGoesBack_AppendTimeDoesNot()
    {
        var disk = new SimulatedDisk(new Random(1));
        var clock = new TestClock();
        using (var log = OpenWithTopics(disk.Root, time: clock))
        {
            Write(log, Record(Input, 1, partition: 0));
            clock.Now -= TimeSpan.FromHours(2);
            Write(log, Record(Input, 2, partition: 0));
        }

        clock.Now -= TimeSpan.FromHours(2);
        using var again = Open(disk.Root, time: clock);
        Write(again, Record(Input, 3, partition: 0));
        Assert.Equal(3, ReadAll(again, Input).Count);
        Assert.Single(ReadAll(again, Input).Select(static record => record.AppendedAt).Distinct());
    }

    [Fact]
    public void Read_WaitingOnAnotherThread_IsWokenByTheCommit()
    {
        using var log = OpenWithTopics(new SimulatedDisk(new Random(1)).Root);
        using var reader = log.OpenReader(new ReaderOptions(Group, [Input]));
        RecordBatch? read = null;
        var thread = new Thread(() => read = reader.Read(10, int.MaxValue, TimeSpan.FromMinutes(1), default));
        thread.Start();
        Write(log, Record(Input, 5));
        Assert.True(thread.Join(TimeSpan.FromSeconds(20)));
        Assert.Equal(5, NumberOf(Assert.Single(read!.Records)));
    }

    [Fact]
    public void Read_ManyReadersComeAndGo_EveryRecordIsCopiedOnce()
    {
        const int Total = 3_000;
        using var log = OpenWithTopics(new SimulatedDisk(new Random(1)).Root);
        var copied = 0;
        var readers = Enumerable.Range(0, 3).Select(number => new Thread(() =>
        {
            var random = new Random(number);
            using var writer = Writer(log, $"copier-{number}");
            while (Volatile.Read(ref copied) < Total)
            {
                using var reader = log.OpenReader(new ReaderOptions(Group, [Input]));
                for (var turns = random.Next(5, 40); turns > 0; turns--) Interlocked.Add(ref copied, Copy(reader, writer));
            }
        })).ToArray();
        foreach (var reader in readers) reader.Start();
        for (var i = 0; i < Total; i += 3) Write(log, Record(Input, i), Record(Input, i + 1), Record(Input, i + 2));
        foreach (var reader in readers) reader.Join();

        Assert.Equal(Enumerable.Range(0, Total).Select(static number => (long)number), ReadAll(log, Output).Select(NumberOf).Order());
    }

    [Fact]
    public void Execute_SmallerSpecThanBefore_KeepsTheLargerOne()
    {
        using var log = OpenWithTopics(new SimulatedDisk(new Random(1)).Root);
        Assert.Empty(log.Provision([Specs[0] with { Partitions = 1, MaxRecordBytes = 10 }])!);
        Assert.Equal(Partitions, log.PartitionCount(Input));
        Write(log, Record(Input, 199, partition: 2));
        Assert.Contains("must have exactly 5", Assert.Single(log.Provision([Specs[0] with { Partitions = 5, HasFixedPartitions = true }])!), StringComparison.Ordinal);
        Assert.Contains("cleanup.policy", Assert.Single(log.Provision([Specs[0] with { Retention = null }])!), StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_WhileAReaderWaits_EndsTheWaitAndSaysAway()
    {
        var log = OpenWithTopics(new SimulatedDisk(new Random(1)).Root);
        var writer = Writer(log);
        using var reader = log.OpenReader(new ReaderOptions(Group, [Input]));
        var thread = new Thread(() => reader.Read(10, int.MaxValue, TimeSpan.FromMinutes(1), default));
        thread.Start();
        log.Dispose();
        Assert.True(thread.Join(TimeSpan.FromSeconds(20)));
        Assert.Equal(TransactionOutcome.Aborted, writer.Execute(new LogTransaction([Record(Input, 1)], null)).Outcome);
        Assert.False(log.ReadPosition(Group, new(Input, 0)).IsKnown);
        Assert.Null(log.Provision(Specs));
        Assert.Null(log.OpenWriter("x", out var reason));
        Assert.NotNull(reason);
    }

    /// <summary>Reads a batch and copies it; rewinds what did not commit.</summary>
    internal static int Copy(ILogReader reader, ILogWriter writer, int maxRecords = 20)
    {
        var batch = reader.Read(maxRecords, int.MaxValue, TimeSpan.FromMilliseconds(1), default);
        if (batch.IsEmpty) return 0;
        var records = batch.Records.Select(static record => new NewRecord(Output, record.Key, record.Value)).ToArray();
        var result = writer.Execute(new LogTransaction(records, new PositionCommit(Group, batch.Next, batch.Membership)));
        if (result.Outcome == TransactionOutcome.Committed) return records.Length;
        Assert.Equal(TransactionOutcome.Aborted, result.Outcome);
        Assert.True(reader.Rewind());
        return 0;
    }
}
