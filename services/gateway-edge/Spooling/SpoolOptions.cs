using System.ComponentModel.DataAnnotations;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Segments;

namespace Pipeline.GatewayEdge.Spooling;

/// <summary>What happens to a call whose event finds no room.</summary>
public enum WhenFull
{
    /// <summary>The call is refused, or its reply broken off before the frame that completes it: no complete reply without its event.</summary>
    Refuse,

    /// <summary>The call goes on; the lost event is counted and leaves a gap in the sequence.</summary>
    Forward,
}

/// <summary>`Gateway:Spool`: events on local disk until the log has them.</summary>
public sealed class SpoolOptions
{
    [Option("Folder of the spool, on a disk that outlives the process; one for each gateway.")]
    public string Path { get; init; } = "data/spool";

    [Option("Bound of the spool on disk, room reserved for calls in flight included.", Unit = "bytes")]
    [Range(64L * 1024 * 1024, 1024L * 1024 * 1024 * 1024)]
    public long MaxBytes { get; init; } = 4L * 1024 * 1024 * 1024;

    [Option("When the spool is full: refuse calls, or forward them and count what is lost.")]
    public WhenFull WhenFull { get; init; } = WhenFull.Refuse;

    [Option("When events are made durable against a loss of power: Never (left to the system), EachAppend, Interval. A killed process loses none under any.")]
    public FsyncPolicy Fsync { get; init; } = FsyncPolicy.Interval;

    [Option("With Fsync=Interval: longest time that an event is not durable.")]
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan FsyncInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What is shipped leaves the disk in pieces of this size.</summary>
    internal long SegmentBytes { get; init; } = 16 * 1024 * 1024;
}
