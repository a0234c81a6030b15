using System.Security.Cryptography;
using System.Text;
using Pipeline.UsageEnricher.Pricing.Contracts;

namespace Pipeline.UsageEnricher.Pricing.Books;

/// <summary>
/// Everything that a price can come from, as one value: an event is priced by one book from beginning to end, and names it.
/// <code>
///   list price   1 the operator's overrides      2 the first catalogue      3 the second catalogue: each asked when the one before has no entry
///   factors      the providers' rules on top     (a way of service that the entry has no rate for)
///   net price    the operator's contracts
/// </code>
/// Immutable and safe for many threads.
/// </summary>
/// <param name="catalogues">In the order in which they are asked; at least one.</param>
/// <param name="extraVersion">Version of factors and contracts: content hashes or names.</param>
public sealed class PriceBook(
    IReadOnlyList<Catalogue> catalogues, IReadOnlyList<PriceFactor> factors, IReadOnlyList<Contract> contracts, string extraVersion)
{
    private const int VersionLength = 32;

    private static readonly Lazy<PriceBook> ProductBook = new(static () => PriceBookFiles.Read(new PriceFiles()));

    private readonly Lazy<string> _version = new(() => Hash([.. catalogues.Select(static catalogue => $"{catalogue.Id} {catalogue.Version}"), extraVersion]));

    /// <summary>What the product carries, without overrides and contracts.</summary>
    public static PriceBook Product => ProductBook.Value;

    public IReadOnlyList<Catalogue> Catalogues => catalogues;
    /// <summary>Ids of its catalogues in the order in which they are asked, as `overrides, genai-prices-0.2.3, litellm-1.109.1`.</summary>
    public string CatalogueIds { get; } = string.Join(", ", catalogues.Select(static catalogue => catalogue.Id));

    public IReadOnlyList<PriceFactor> Factors => factors;

    /// <summary>The first that fits a call holds.</summary>
    public IReadOnlyList<Contract> Contracts => contracts;

    /// <summary>Hash of all that the book is made of: first 32 hex digits of a SHA-256.</summary>
    public string Version => _version.Value;

    /// <summary>A book of one catalogue alone.</summary>
    public static PriceBook Of(Catalogue catalogue) => new([catalogue], PriceFactor.Embedded, [], "");

    /// <summary>A book of one catalogue that is never replaced.</summary>
    public static Func<PriceBook> Always(Catalogue catalogue)
    {
        var book = Of(catalogue);
        return () => book;
    }

    internal static string Hash(IEnumerable<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))))[..VersionLength];
}
