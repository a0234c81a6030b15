using System.ComponentModel.DataAnnotations;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Segments;

namespace Pipeline.Runtime.Hosting;

/// <summary>Which implementation of the log a service works on.</summary>
public enum LogEngine { Kafka, Embedded }

/// <summary>Where records live.</summary>
[Section("Log")]
public sealed class LogOptions
{
    [Option("kafka, or embedded: segment files of one process.")]
    public LogEngine Engine { get; init; }

    [Option("Folder of the embedded log and its schemas.")]
    [Required]
    public string Path { get; init; } = "./data/log";

    [Option("When the embedded log's transactions are made durable against a loss of power: Never (left to the system), EachAppend, "
        + "Interval (at most 200 ms later). A killed process loses none under any.")]
    public FsyncPolicy Fsync { get; init; } = FsyncPolicy.Interval;

    [Option("From where to read partitions whose position is missing or out of range; without it they are not read.", Switch = "--start-from")]
    public StartFrom? StartFrom { get; init; }

    [Option("Name of this process among those of its kind, such as a pod's name: one that comes back under it ends what it left open at once. "
        + "Without it every start has a name of its own.")]
    [RegularExpression("^[A-Za-z0-9_.-]{1,64}$", ErrorMessage = "must be 1-64 characters of [A-Za-z0-9_.-]")]
    public string? Instance { get; init; }
}
