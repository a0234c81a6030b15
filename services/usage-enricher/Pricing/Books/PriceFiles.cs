namespace Pipeline.UsageEnricher.Pricing.Books;

/// <summary>Where a price book's parts lie.</summary>
/// <param name="Catalogue">Name of a catalogue that the product carries, or a folder.</param>
/// <param name="SecondCatalogue">Likewise; <see cref="None"/> = none is asked.</param>
/// <param name="Overrides">The operator's own prices; null = none.</param>
/// <param name="Contracts">The operator's contracts; null = none.</param>
public sealed record PriceFiles(
    string Catalogue = CatalogueFiles.First, string SecondCatalogue = CatalogueFiles.Second, string? Overrides = null, string? Contracts = null)
{
    public const string None = "none";

    /// <summary>Files and folders that can change while the service runs.</summary>
    internal IReadOnlyList<string> Paths =>
        [.. new[] { Catalogue, SecondCatalogue }.Where(static name => name != None && !CatalogueFiles.IsCarried(name)), .. new[] { Overrides, Contracts }.OfType<string>()];
}
