using System.ComponentModel.DataAnnotations;
using Pipeline.Runtime.Hosting;

namespace Pipeline.UsageEnricher;

/// <summary>How events are priced and summed.</summary>
[Section("Enricher")]
public sealed class EnricherOptions
{
    [Option("Names of tags that aggregates are told apart by; each value of each makes aggregates of its own.")]
    public IReadOnlyList<string> AggregateTags { get; init; } = [];

    [Option("Records of one batch and transaction.", Unit = "records")]
    [Range(1, 10_000)]
    public int MaxBatchRecords { get; init; } = 8_000;

    [Option("Dead letters in a row on one partition that are put up with; one more stops the service.", Unit = "records")]
    [Range(1, 1_000_000)]
    public int MaxConsecutiveDeadLetters { get; init; } = 100;
}
