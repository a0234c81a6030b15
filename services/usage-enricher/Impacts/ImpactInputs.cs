namespace Pipeline.UsageEnricher.Impacts;

/// <summary>All that estimates of events follow from beside the event. Immutable: a change is another instance with another version.</summary>
/// <param name="Models">The operator's own models; null = none.</param>
/// <param name="Grid">The operator's electricity by hour; null = yearly means.</param>
/// <param name="Zone">Zone of every call; null = each call's own.</param>
internal sealed record ImpactInputs(ImpactData Data, OwnModels? Models = null, HourlyGrid? Grid = null, string? Zone = null)
{
    /// <summary>
    /// Release and hash of the data, and the hashes of the operator's files, such as
    /// `0.11.3+(32 hex digits);models=(32);grid=(32)`: at most 128 characters.
    /// </summary>
    public string Version { get; } = Data.Version + (Models is null ? "" : $";models={Models.Version}") + (Grid is null ? "" : $";grid={Grid.Version}");
}
