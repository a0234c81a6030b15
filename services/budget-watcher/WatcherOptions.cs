using System.ComponentModel.DataAnnotations;
using Pipeline.Runtime.Hosting;

namespace Pipeline.BudgetWatcher;

/// <summary>How aggregates are read.</summary>
[Section("Watcher")]
public sealed class WatcherOptions
{
    [Option("Records of one batch and transaction.", Unit = "records")]
    [Range(1, 10_000)]
    public int MaxBatchRecords { get; init; } = 8_000;

    [Option("Dead letters in a row on one partition that are put up with; one more stops the service.", Unit = "records")]
    [Range(1, 1_000_000)]
    public int MaxConsecutiveDeadLetters { get; init; } = 100;
}
