using System.ComponentModel.DataAnnotations;
using Pipeline.Runtime.Hosting;
using Pipeline.UsageEnricher.Enriching.Estimating;
using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.Intake;
using Pipeline.UsageEnricher.JsonLines;
using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Pricing.Books;

namespace Pipeline.UsageEnricher;

/// <summary>How events are priced, estimated and summed.</summary>
[Section("Enricher")]
public sealed class EnricherOptions
{
    [Option("Names of tags that aggregates are told apart by; each value of each makes aggregates of its own.")]
    public IReadOnlyList<string> AggregateTags { get; init; } = [];

    [Option("Where prices come from.")]
    public PriceOptions Prices { get; init; } = new();

    [Option("How impacts are estimated.")]
    public ImpactOptions Impact { get; init; } = new();

    [Option("Other systems' usage that is booked as well.")]
    public IntakeOptions Imports { get; init; } = new();

    [Option("Records of one batch and transaction.", Unit = "records")]
    [Range(1, 10_000)]
    public int MaxBatchRecords { get; init; } = 8_000;

    [Option("Dead letters in a row on one partition that are put up with; one more stops the service.", Unit = "records")]
    [Range(1, 1_000_000)]
    public int MaxConsecutiveDeadLetters { get; init; } = 100;
}

/// <summary>How impacts are estimated.</summary>
public sealed record ImpactOptions : IValidatableObject
{
    [Option("Electricity zone of every call, ISO 3166-1 alpha-3 such as FRA; without it each call's region decides, else its provider's default.")]
    public string? Zone { get; init; }

    [Option("Folder written by `impact-data import`, in place of the impact data that the product carries. Read again when it changes.")]
    public string? Data { get; init; }

    [Option("File of the operator's own models, JSON lines: sizes, data centre and constants of models that the impact data lacks or knows worse. Read again when it changes.")]
    public string? Models { get; init; }

    [Option("File of the electricity's intensity by zone and hour, CSV or JSON lines; hours that it lacks are booked at the yearly mean. Read again when it changes.")]
    public string? Grid { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Refusal(new ImpactOptions { Data = Data }) is { } data)
        {
            yield return new(data, [nameof(Data)]);
            yield break;
        }

        if (Refusal(new ImpactOptions { Data = Data, Models = Models }) is { } models) yield return new(models, [nameof(Models)]);
        if (Refusal(new ImpactOptions { Grid = Grid }) is { } grid) yield return new(grid, [nameof(Grid)]);
        if (Refusal(new ImpactOptions { Data = Data, Zone = Zone }) is { } zone) yield return new(zone, [nameof(Zone)]);
    }

    private static string? Refusal(ImpactOptions files)
    {
        try
        {
            _ = ImpactSource.Read(files);
            return null;
        }
        catch (Exception error) when (error is DataFormatException or IOException or UnauthorizedAccessException)
        {
            return error.Message;
        }
    }
}

/// <summary>Where prices come from. All files are looked at again while the service runs.</summary>
public sealed class PriceOptions : IValidatableObject
{
    [Option("Catalogue that is asked first: genai-prices, litellm, or a folder written by `catalogue import`.")]
    public string Catalogue { get; init; } = CatalogueFiles.First;

    [Option("Catalogue that is asked when the first has no entry, likewise; none = no second one.")]
    public string SecondCatalogue { get; init; } = CatalogueFiles.Second;

    [Option("File of the operator's own prices and aliases, one JSON object a line, asked before every catalogue (docs/pricing.md).")]
    public string? Overrides { get; init; }

    [Option("File of the operator's contracts, one JSON object a line: discounts and rates that make net out of list (docs/pricing.md).")]
    public string? Contracts { get; init; }

    [Option("How often the files are looked at; a change holds from the batch after the second look that finds it.")]
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ReloadInterval { get; init; } = TimeSpan.FromSeconds(15);

    internal PriceFiles ToFiles() => new(Catalogue, SecondCatalogue, Overrides, Contracts);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        string? problem = null;
        try
        {
            PriceBookFiles.Read(ToFiles());
        }
        catch (Exception e) when (e is DataFormatException or IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
        }

        if (problem is not null) yield return new($"prices cannot be read: {problem}", [nameof(Catalogue)]);
    }
}
