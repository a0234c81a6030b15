namespace Pipeline.Runtime.Segments;

/// <summary>When appended frames are made durable against a loss of power. kill -9 of the process loses no frame under any of them.</summary>
public enum FsyncPolicy
{
    /// <summary>Only when a segment is closed, which keeps a torn tail in the last segment.</summary>
    Never,

    /// <summary>Before the append returns; appends that wait together share one call.</summary>
    EachAppend,

    /// <summary>At most <see cref="SegmentStoreOptions.FsyncInterval"/> after the append.</summary>
    Interval,
}

/// <param name="SegmentBytes">A segment is closed before it grows past this; a larger frame has a segment of its own.</param>
public sealed record SegmentStoreOptions(
    long SegmentBytes = SegmentStoreOptions.DefaultSegmentBytes,
    FsyncPolicy Fsync = FsyncPolicy.Never,
    TimeSpan FsyncInterval = default)
{
    public const long DefaultSegmentBytes = 64 * 1024 * 1024;
    public const long MinSegmentBytes = 4 * 1024;
}

/// <summary>How an append ended.</summary>
public enum AppendOutcome
{
    /// <summary>Written, and durable as far as the store's <see cref="FsyncPolicy"/> says.</summary>
    Appended,

    /// <summary>No room. Nothing was written; a later append may succeed.</summary>
    DiskFull,

    /// <summary>
    /// The disk failed. The frame is not to be counted on, but may be found after a restart. The store takes no more appends.
    /// </summary>
    Failed,
}

/// <summary>Where a frame is.</summary>
/// <param name="Ordinal">Frames of a store count from 0.</param>
/// <param name="Address">Bytes of the store before it, deleted segments included: it never changes.</param>
public readonly record struct FramePlace(long Ordinal, long Address);

/// <summary>Bytes that do not hold what was written there.</summary>
/// <param name="File">Path of the segment.</param>
/// <param name="Position">Bytes from the file's start.</param>
/// <param name="Reason">One sentence without any content.</param>
public sealed record SegmentFault(string File, long Position, string Reason)
{
    public override string ToString() => $"{File} at byte {Position}: {Reason}";
}

/// <summary>What was cut off the last segment at opening: appends that a crash interrupted or that were never synced.</summary>
public sealed record TornTail(string File, long Position, long Bytes);
