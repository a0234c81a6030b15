using System.ComponentModel.DataAnnotations;
using Pipeline.Runtime.Hosting;
using Pipeline.Schemas.Avro;
using Pipeline.UsageEnricher.Pricing.Rows;

namespace Pipeline.UsageEnricher.Repricing;

/// <summary>What `usage-enricher reprice` takes.</summary>
[Section("Reprice")]
public sealed class RepriceOptions : IValidatableObject
{
    private const string TimeForm = "a time such as 2026-03-01 or 2026-03-01T12:00:00Z";

    [Option("First event time to price again: a date or a time, UTC without a zone.", Switch = "--from")]
    [Required]
    public string? From { get; init; }

    [Option("First event time after it.", Switch = "--to")]
    [Required]
    public string? To { get; init; }

    [Option("Catalogue that is asked first, a name or a folder; without it the enricher's own. Everything else of the price book is as the enricher's options say.", Switch = "--catalogue")]
    public string? Catalogue { get; init; }

    [Option("Print the difference and write nothing.", Switch = "--dry-run")]
    public bool DryRun { get; init; }

    [Option("Print one JSON object a line rather than a table.", Switch = "--json")]
    public bool Json { get; init; }

    [Option("Folder of an all-in-one's data, which must not be running: its embedded log is read and written.", Switch = "--data")]
    public string? Data { get; init; }

    internal RepricePeriod Period => new(Parse(From)!.Value, Parse(To)!.Value);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var (from, to) = (Parse(From), Parse(To));
        if (From is not null && from is null) yield return new($"must be {TimeForm}", [nameof(From)]);
        if (To is not null && to is null) yield return new($"must be {TimeForm}", [nameof(To)]);
        if (from >= to) yield return new("must be after From", [nameof(To)]);
    }

    private static DateTimeOffset? Parse(string? text) =>
        text is not null && IsoTimestamp.TryParse(text, out var utc) ? TimestampMicros.Truncate(new DateTimeOffset(utc)) : null;
}
