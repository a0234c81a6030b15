using Pipeline.Runtime.Segments;
using Xunit;
using static Pipeline.Runtime.Tests.Segments.Stores;

namespace Pipeline.Runtime.Tests.Segments;

public sealed class SegmentStoreTests
{
    [Fact]
    public void Append_OverManySegments_IsReadBackFromAnyOrdinalAfterReopening()
    {
        using var folder = new TemporaryFolder();
        Guid id;
        using (var store = Open(new FileDisk(folder.Path)))
        {
            id = store.Id;
            foreach (var number in Range(0, 100)) Assert.Equal(number, Append(store, number));
        }

        using (var store = Open(new FileDisk(folder.Path)))
        {
            Assert.Equal(id, store.Id);
            Assert.Equal(100, store.NextOrdinal);
            foreach (var number in Range(100, 150)) Assert.Equal(number, Append(store, number));
            foreach (var from in new long[] { 0, 1, 37, 99, 100, 149, 150 }) Assert.Equal(Range(from, 150), Numbers(store, from));
            Assert.True(Directory.GetFiles(folder.Path, "*.segment").Length > 10);
            Assert.Equal(Directory.GetFiles(folder.Path, "*.segment").Sum(static file => new FileInfo(file).Length), store.Bytes);
        }
    }

    [Fact]
    public void Append_LargerThanASegment_HasASegmentOfItsOwn()
    {
        var disk = new SimulatedDisk(new Random(1));
        using var store = Open(disk.Root);
        var large = new byte[3 * SegmentStoreOptions.MinSegmentBytes];
        large[0] = 1;
        Append(store, 0);
        Assert.Equal(AppendOutcome.Appended, store.Append(large, out _));
        Append(store, 2);
        Assert.Equal(3, disk.Root.Files().Count);
    }

    [Fact]
    public void Open_WhileAnotherHoldsTheFolder_SaysSo()
    {
        using var folder = new TemporaryFolder();
        using (Open(new FileDisk(folder.Path)))
        {
            var second = SegmentStore.Open(new FileDisk(folder.Path), Small, TimeProvider.System, Guid.NewGuid);
            Assert.Null(second.Store);
            Assert.Contains("in use by another process", second.Failure, StringComparison.Ordinal);
        }

        using var third = Open(new FileDisk(folder.Path));
    }

    [Fact]
    public void DeleteBefore_FramesNotYetDurable_AreMadeDurableBeforeAnythingGoes()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var disk = new SimulatedDisk(new Random(seed));
            var store = Open(disk.Root);
            var appended = 0L;
            while (store.LastSegmentOrdinal == 0 || appended < store.LastSegmentOrdinal + 3) Append(store, appended++);
            Assert.True(store.DeleteBefore(store.LastSegmentOrdinal) > 0);

            disk.Restart(CrashKind.Power);

            using var found = Open(disk.Root);
            Assert.Equal(appended, found.NextOrdinal);
        }
    }

    [Fact]
    public void DeleteBefore_AnOrdinal_FreesWholeSegmentsAndKeepsOrdinals()
    {
        var disk = new SimulatedDisk(new Random(1));
        using (var store = Open(disk.Root))
        {
            foreach (var number in Range(0, 100)) Append(store, number);
            var bytes = store.Bytes;
            var freed = store.DeleteBefore(50);
            Assert.Equal(bytes - freed, store.Bytes);
            Assert.InRange(store.FirstOrdinal, 30, 50);
            Assert.Equal(Range(store.FirstOrdinal, 100), Numbers(store, store.FirstOrdinal));
            using var gone = store.ReadFrom(0);
            Assert.Equal(CursorOutcome.Gone, gone.Read(out _, out _));
            store.DeleteBefore(long.MaxValue);
        }

        using var reopened = Open(disk.Root);
        Assert.Equal(100, reopened.NextOrdinal);
        Assert.Equal(100, Append(reopened, 100));
    }

    [Fact]
    public void Read_DamageInAnOlderSegment_IsReportedWithFileAndPosition()
    {
        var disk = new SimulatedDisk(new Random(1));
        using var store = Open(disk.Root);
        foreach (var number in Range(0, 100)) Append(store, number);
        var names = disk.Root.Files();
        disk.Damage("", names[2], 700);

        using var cursor = store.ReadFrom(0);
        var read = 0L;
        while (cursor.Read(out _, out _) == CursorOutcome.Frame) read++;
        Assert.NotNull(cursor.Fault);
        Assert.Equal(names[2], cursor.Fault.File);
        Assert.InRange(cursor.Fault.Position, 1, 700);
        Assert.Equal(CursorOutcome.Corrupt, cursor.Read(out _, out _));

        var lost = cursor.PassFault();
        var after = new List<long>();
        while (cursor.Read(out var place, out _) == CursorOutcome.Frame) after.Add(place.Ordinal);
        Assert.True(lost > 0);
        Assert.Equal(Range(read + lost, 100), after);
    }

    [Fact]
    public void Read_MissingSegment_IsReported()
    {
        var disk = new SimulatedDisk(new Random(1));
        using (var store = Open(disk.Root))
            foreach (var number in Range(0, 100)) Append(store, number);
        disk.Root.Delete(disk.Root.Files()[3]);

        using var reopened = Open(disk.Root);
        using var cursor = reopened.ReadFrom(0);
        while (cursor.Read(out _, out _) == CursorOutcome.Frame)
        {
        }

        Assert.Contains("missing", cursor.Fault!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_LastSegmentWithDamagedHeaderAndFrames_IsRefused()
    {
        var disk = new SimulatedDisk(new Random(1));
        using (var store = Open(disk.Root))
            foreach (var number in Range(0, 3)) Append(store, number);
        disk.Damage("", disk.Root.Files()[^1], 3);

        var opening = SegmentStore.Open(disk.Root, Small, TimeProvider.System, Guid.NewGuid);
        Assert.Null(opening.Store);
        Assert.Contains(".segment at byte 0", opening.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Append_DiskFull_WritesNothingAndGoesOnOnceThereIsRoom()
    {
        var disk = new SimulatedDisk(new Random(1), capacityBytes: 20_000);
        using var store = Open(disk.Root);
        var number = 0L;
        while (store.Append(Frame(number), out _) == AppendOutcome.Appended) number++;
        Assert.Equal(AppendOutcome.DiskFull, store.Append(Frame(number), out _));
        Assert.Equal(Range(0, number), Numbers(store));

        store.DeleteBefore(number / 2);
        Assert.Equal(number, Append(store, number));
        Assert.Equal(Range(store.FirstOrdinal, number + 1), Numbers(store, store.FirstOrdinal));
    }

    [Fact]
    public void Append_FromManyThreads_IsReadInOrderMeanwhile()
    {
        const int Threads = 4;
        const int Each = 2_000;
        using var folder = new TemporaryFolder();
        using var store = Open(new FileDisk(folder.Path), new SegmentStoreOptions(64 * 1024, FsyncPolicy.Interval, TimeSpan.FromMilliseconds(5)));
        var writers = Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            for (var i = 0; i < Each; i++) Append(store, (thread * Each) + i);
        })).ToArray();
        foreach (var writer in writers) writer.Start();

        using var cursor = store.ReadFrom(0);
        var seen = new HashSet<long>();
        var last = new long[Threads];
        Array.Fill(last, -1);
        while (seen.Count < Threads * Each)
        {
            var outcome = cursor.Read(out _, out var payload);
            if (outcome == CursorOutcome.End) continue;
            Assert.Equal(CursorOutcome.Frame, outcome);
            var number = BitConverter.ToInt64(payload);
            Assert.True(seen.Add(number));
            Assert.True(last[number / Each] < number);
            last[number / Each] = number;
        }

        foreach (var writer in writers) writer.Join();
        Assert.Equal(CursorOutcome.End, cursor.Read(out _, out _));
    }

    [Fact]
    public void Append_AfterWarmUp_AllocatesNothing()
    {
        using var folder = new TemporaryFolder();
        using var store = Open(new FileDisk(folder.Path), new SegmentStoreOptions());
        var payload = new byte[2_000];
        for (var i = 0; i < 100; i++) store.Append(payload, out _);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) store.Append(payload, out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
