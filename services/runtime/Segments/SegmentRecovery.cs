namespace Pipeline.Runtime.Segments;

/// <summary>How opening a store ended.</summary>
/// <param name="Store">Null when <paramref name="Failure"/> says why, with the remedy.</param>
/// <param name="Torn">What was cut off the end; null when there was nothing.</param>
public sealed record StoreOpening(SegmentStore? Store, string? Failure, TornTail? Torn)
{
    internal static StoreOpening Failed(string failure) => new(null, failure, null);
}

/// <summary>Finds the segments of a folder and cuts what a crash left half written off the last one.</summary>
internal static class SegmentRecovery
{
    /// <summary>
    /// Opens the store, or begins one in an empty folder. Reads all headers and the frames of the last segment; older segments are
    /// checked when they are read. Nothing but the torn tail of the last segment is ever removed.
    /// </summary>
    /// <param name="newId">Makes the id of a new store.</param>
    public static StoreOpening Open(ISegmentDisk disk, SegmentStoreOptions options, TimeProvider time, Func<Guid> newId)
    {
        IDisposable? folderLock = null;
        var segments = new List<Segment>();
        StoreOpening? opening = null;
        try
        {
            folderLock = disk.TryLock();
            if (folderLock is null) return StoreOpening.Failed($"{disk.Path} is in use by another process; give each process a folder of its own, or stop the other one");
            return opening = Recover(disk, options, time, newId, folderLock, segments);
        }
        catch (IOException error)
        {
            return StoreOpening.Failed($"{disk.Path} cannot be opened: {error.Message}");
        }
        finally
        {
            if (opening?.Store is null)
            {
                foreach (var segment in segments) segment.Dispose();
                folderLock?.Dispose();
            }
        }
    }

    private static StoreOpening Recover(
        ISegmentDisk disk, SegmentStoreOptions options, TimeProvider time, Func<Guid> newId, IDisposable folderLock, List<Segment> segments)
    {
        Guid? id = null;
        foreach (var name in disk.Files())
            if (SegmentFormat.TryParseName(name, out var firstOrdinal)) segments.Add(OpenSegment(disk, name, firstOrdinal, segments, ref id));

        TornTail? torn = null;
        if (segments is [.., { Fault: not null } unmade] && unmade.Length <= SegmentFormat.HeaderBytes)
        {
            // The crash came before the header was durable, hence before any frame.
            torn = new TornTail(unmade.Path, 0, unmade.Length);
            segments.RemoveAt(segments.Count - 1);
            unmade.Dispose();
            if (disk.Delete(unmade.Name) != DiskOutcome.Done || disk.SyncNames() != DiskOutcome.Done)
                return StoreOpening.Failed($"{unmade.Path} was half made by a crash and cannot be deleted; make the folder writable");
        }

        var nextOrdinal = 0L;
        if (segments is [.., var last])
        {
            if (last.Fault is { } fault) return StoreOpening.Failed($"{fault}; restore the file from a copy, or move it away to go on without its records");
            var end = ScanLast(last, id!.Value, out nextOrdinal);
            if (end < last.Length)
            {
                torn = new TornTail(last.Path, end, last.Length - end);
                if (last.File.Truncate(end) != DiskOutcome.Done) return StoreOpening.Failed($"{last.Path} has a torn tail at byte {end} that cannot be cut off; make the folder writable");
                last.Length = end;
            }

            // What is read and acted on from here must not be taken back by a loss of power.
            if (last.File.Sync() != DiskOutcome.Done) return StoreOpening.Failed($"{last.Path} cannot be synced; check the disk");
        }

        return new StoreOpening(new SegmentStore(disk, options, folderLock, id ?? newId(), [.. segments], nextOrdinal, time), null, torn);
    }

    private static Segment OpenSegment(ISegmentDisk disk, string name, long firstOrdinal, List<Segment> before, ref Guid? id)
    {
        var path = Path.Combine(disk.Path, name);
        var file = disk.Open(name);
        Span<byte> header = stackalloc byte[SegmentFormat.HeaderBytes];
        var read = file.Read(header, 0);
        var wrong = SegmentFormat.ReadHeader(header[..read], out var storeId, out var namedOrdinal, out var startAddress);
        if (wrong is null && namedOrdinal != firstOrdinal) wrong = $"the segment was named for frame {namedOrdinal}";
        if (wrong is null && id is { } known && known != storeId) wrong = $"the segment belongs to store {storeId}, not {known}";
        if (wrong is null) id ??= storeId;
        else startAddress = before is [.., var previous] ? previous.StartAddress + previous.Length : 0;
        return new Segment(path, name, file, firstOrdinal, startAddress, file.Length, wrong is null ? null : new SegmentFault(path, 0, wrong));
    }

    private static long ScanLast(Segment last, Guid id, out long nextOrdinal)
    {
        nextOrdinal = last.FirstOrdinal;
        using var scan = new FrameScan();
        scan.Begin(SegmentFormat.HeaderBytes);
        var seed = SegmentFormat.SeedOf(id);
        while (scan.Next(last.File, seed, last.StartAddress, last.Length, out _) == ScanOutcome.Frame) nextOrdinal++;
        return scan.Position;
    }
}
