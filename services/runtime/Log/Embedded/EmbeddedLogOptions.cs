using Pipeline.Runtime.Segments;

namespace Pipeline.Runtime.Log.Embedded;

/// <param name="SegmentBytes">Journal segments; retention removes whole ones.</param>
/// <param name="Fsync">kill -9 loses no committed transaction under any policy; a loss of power at most those of the interval, always whole ones from the end.</param>
public sealed record EmbeddedLogOptions(
    long SegmentBytes = EmbeddedLogOptions.DefaultSegmentBytes,
    FsyncPolicy Fsync = FsyncPolicy.Interval,
    TimeSpan? FsyncInterval = null)
{
    public const long DefaultSegmentBytes = 128 * 1024 * 1024;
    public static readonly TimeSpan DefaultFsyncInterval = TimeSpan.FromMilliseconds(200);

    internal SegmentStoreOptions Segments => new(SegmentBytes, Fsync, FsyncInterval ?? DefaultFsyncInterval);
}
