using Pipeline.Runtime.Segments;
using Xunit;
using static Pipeline.Runtime.Tests.Segments.Stores;

namespace Pipeline.Runtime.Tests.Segments;

/// <summary>A scripted run of a store is stopped at every change of the disk, for many seeds, and must be found again as a prefix.</summary>
public sealed class SegmentCrashTests(ITestOutputHelper output)
{
    private const int Frames = 40;

    [Theory]
    [InlineData(CrashKind.Process, FsyncPolicy.Never)]
    [InlineData(CrashKind.Process, FsyncPolicy.EachAppend)]
    [InlineData(CrashKind.Power, FsyncPolicy.Never)]
    [InlineData(CrashKind.Power, FsyncPolicy.EachAppend)]
    public void Crash_AtEveryChange_LeavesAPrefixThatGoesOn(CrashKind kind, FsyncPolicy fsync)
    {
        var runs = 0;
        for (var seed = 0; seed < 30; seed++)
            for (var change = 0L; ; change++, runs++)
                if (!RunUntil(seed, change, kind, fsync)) break;
        output.WriteLine($"{runs} crashes, seeds 0-29");
        Assert.True(runs > 1_000);
    }

    /// <returns>False when the script ended before the change came.</returns>
    private static bool RunUntil(int seed, long change, CrashKind kind, FsyncPolicy fsync)
    {
        var at = $"seed {seed}, change {change}";
        var disk = new SimulatedDisk(new Random(HashCode.Combine(seed, change)));
        disk.CrashAt(change);
        var options = Small with { Fsync = fsync };
        var script = new Script();
        var crashed = false;
        try
        {
            script.Run(disk, options, new Random(seed));
        }
        catch (SimulatedCrashException)
        {
            crashed = true;
        }

        if (!crashed) return false;
        disk.Restart(kind);
        using var store = Open(disk.Root, options);
        var safe = kind == CrashKind.Process || fsync == FsyncPolicy.EachAppend ? script.Acknowledged : script.Flushed;
        Assert.True(store.NextOrdinal >= safe, $"{at}: {store.NextOrdinal} found, {safe} were safe");
        Assert.True(store.NextOrdinal <= script.Acknowledged + 1, $"{at}: {store.NextOrdinal} found, {script.Acknowledged} appended");
        Assert.True(store.FirstOrdinal <= script.DeletedBefore, at);
        Assert.Equal(Range(store.FirstOrdinal, store.NextOrdinal), Numbers(store, store.FirstOrdinal));

        // A second crash of another kind directly after recovery must not take back what was found.
        var found = store.NextOrdinal;
        disk.CrashAt(disk.Changes);
        Assert.Throws<SimulatedCrashException>(() => Append(store, found));
        disk.Restart(CrashKind.Power);
        using var again = Open(disk.Root, options);
        Assert.InRange(again.NextOrdinal, found, found + 1);
        Append(again, again.NextOrdinal);
        Assert.Equal(Range(again.FirstOrdinal, again.NextOrdinal), Numbers(again, again.FirstOrdinal));
        return true;
    }

    private sealed class Script
    {
        public long Acknowledged;
        public long Flushed;
        public long DeletedBefore;

        public void Run(SimulatedDisk disk, SegmentStoreOptions options, Random random)
        {
            var store = Open(disk.Root, options);
            for (var i = 0; i < Frames; i++)
            {
                Append(store, Acknowledged);
                Acknowledged++;
                switch (random.Next(8))
                {
                    case 0:
                        Assert.Equal(AppendOutcome.Appended, store.Flush());
                        Flushed = Acknowledged;
                        break;
                    case 1:
                        DeletedBefore = Math.Max(DeletedBefore, random.NextInt64(Acknowledged));
                        store.DeleteBefore(DeletedBefore);
                        break;
                    case 2:
                        store.Dispose();
                        store = Open(disk.Root, options);
                        Flushed = Acknowledged;
                        break;
                }
            }
        }
    }
}
