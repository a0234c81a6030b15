using System.ComponentModel.DataAnnotations;
using Pipeline.Runtime.Hosting;
using Pipeline.UsageEnricher.Impacts;

namespace Pipeline.UsageEnricher;

/// <summary>How events are priced, estimated and summed.</summary>
[Section("Enricher")]
public sealed class EnricherOptions
{
    [Option("Names of tags that aggregates are told apart by; each value of each makes aggregates of its own.")]
    public IReadOnlyList<string> AggregateTags { get; init; } = [];

    [Option("How impacts are estimated.")]
    public ImpactOptions Impact { get; init; } = new();

    [Option("Records of one batch and transaction.", Unit = "records")]
    [Range(1, 10_000)]
    public int MaxBatchRecords { get; init; } = 8_000;

    [Option("Dead letters in a row on one partition that are put up with; one more stops the service.", Unit = "records")]
    [Range(1, 1_000_000)]
    public int MaxConsecutiveDeadLetters { get; init; } = 100;
}

/// <summary>How impacts are estimated.</summary>
public sealed class ImpactOptions : IValidatableObject
{
    [Option("Electricity zone of every call, ISO 3166-1 alpha-3 such as FRA; without it each call's region decides, else its provider's default.")]
    public string? Zone { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Zone is not null && ImpactDataFiles.Embedded.FindMix(Zone) is null)
            yield return new($"'{Zone}' is no zone of the impact data; give a country as three capital letters such as FRA, or {ImpactData.World}", [nameof(Zone)]);
    }
}
