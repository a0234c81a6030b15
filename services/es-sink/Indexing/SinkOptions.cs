using System.ComponentModel.DataAnnotations;
using Pipeline.Runtime.Hosting;

namespace Pipeline.EsSink.Indexing;

/// <summary>How documents are written.</summary>
[Section("Sink")]
public sealed class SinkOptions
{
    [Option("Days that an index is kept. An older day's index is never made again: its events count as expired.", Unit = "days")]
    [Range(1, 36_500)]
    public int RetentionDays { get; init; } = 400;

    [Option("Documents of one bulk request at most.")]
    [Range(1, 100_000)]
    public int MaxBulkItems { get; init; } = 1_000;

    [Option("Bytes of one bulk request at most, unless a single document is larger.", Unit = "bytes")]
    [Range(1_024, 64 * 1_024 * 1_024)]
    public int MaxBulkBytes { get; init; } = 5 * 1_024 * 1_024;

    [Option("Records read before their positions are committed.")]
    [Range(1, 100_000)]
    public int MaxBatchRecords { get; init; } = 2_000;

    [Option("Dead letters in a row on one partition; one more stops the sink.")]
    [Range(0, 1_000_000)]
    public int MaxConsecutiveDeadLetters { get; init; } = 100;
}
