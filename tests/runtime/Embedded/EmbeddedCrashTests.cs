using Pipeline.Runtime.Log;
using Pipeline.Runtime.Segments;
using Xunit;
using static Pipeline.Runtime.Tests.Embedded.EmbeddedWorld;

namespace Pipeline.Runtime.Tests.Embedded;

/// <summary>
/// A writer and a copying reader on one simulated disk, stopped at every change of it and started again: transactions are found whole or
/// not at all, and every input record is copied once.
/// </summary>
public sealed class EmbeddedCrashTests(ITestOutputHelper output)
{
    private const int Transactions = 30;

    [Theory]
    [InlineData(CrashKind.Process, FsyncPolicy.Never)]
    [InlineData(CrashKind.Power, FsyncPolicy.EachAppend)]
    [InlineData(CrashKind.Power, FsyncPolicy.Never)]
    public void Crash_AtEveryChange_TransactionsAreWholeAndCopiedOnce(CrashKind kind, FsyncPolicy fsync)
    {
        var runs = 0;
        for (var seed = 0; seed < 15; seed++)
            for (var change = 0L; new Run(seed, change, kind, fsync).Crashes(); change++) runs++;
        output.WriteLine($"{runs} crashes, seeds 0-14");
        Assert.True(runs > 500);
    }

    private sealed class Run(int seed, long change, CrashKind kind, FsyncPolicy fsync)
    {
        private readonly List<long> _acknowledged = [];
        private long _number;

        /// <returns>False when the script ended before the change came.</returns>
        public bool Crashes()
        {
            var random = new Random(HashCode.Combine(seed, change));
            var disk = new SimulatedDisk(random);
            disk.CrashAt(change);
            if (!Stops(disk)) return false;
            disk.Restart(kind);
            disk.CrashAt(disk.Changes + random.Next(60));
            Stops(disk);
            disk.Restart(kind);
            Finish(disk);
            return true;
        }

        private bool Stops(SimulatedDisk disk)
        {
            try
            {
                Script(disk, new Random(seed));
                return false;
            }
            catch (SimulatedCrashException)
            {
                return true;
            }
        }

        private void Script(SimulatedDisk disk, Random random)
        {
            var log = OpenWithTopics(disk.Root, fsync);
            var writer = Writer(log);
            var copier = Writer(log, "copier");
            var reader = log.OpenReader(new ReaderOptions(Group, [Input]));
            for (var i = 0; i < Transactions; i++)
            {
                // Numbers of one transaction follow one another, the first a multiple of 100.
                _number += 100;
                var count = 1 + random.Next(6);
                var records = Enumerable.Range(0, count).Select(n => Record(Input, (_number + n) * 10 + count)).ToArray();
                if (writer.Execute(new LogTransaction(records, null)).Outcome == TransactionOutcome.Committed) _acknowledged.AddRange(records.Select(static record => BitConverter.ToInt64(record.Key.Span)));
                if (random.Next(2) == 0) EmbeddedLogTests.Copy(reader, copier, 1 + random.Next(8));
            }
        }

        private void Finish(SimulatedDisk disk)
        {
            var at = $"seed {seed}, change {change}, {kind}, {fsync}";
            using var log = OpenWithTopics(disk.Root, fsync);
            using var copier = Writer(log, "copier");
            using var reader = log.OpenReader(new ReaderOptions(Group, [Input]));
            while (EmbeddedLogTests.Copy(reader, copier) > 0)
            {
            }

            Assert.Empty(reader.Stopped);
            var input = ReadAll(log, Input).Select(NumberOf).ToArray();
            foreach (var transaction in input.GroupBy(static number => number / 1_000))
                Assert.True(transaction.Count() == transaction.First() % 10, $"{at}: transaction {transaction.Key} is there in part");
            Assert.True(input.Length == input.Distinct().Count(), $"{at}: input doubled");
            Assert.True(input.Order().SequenceEqual(ReadAll(log, Output).Select(NumberOf).Order()), $"{at}: not copied once");
            if (kind == CrashKind.Process || fsync == FsyncPolicy.EachAppend) Assert.True(_acknowledged.All(input.Contains), $"{at}: acknowledged and lost");
        }
    }
}
