using Pipeline.UsageEnricher.JsonLines;
using Pipeline.UsageEnricher.Pricing.Contracts;

namespace Pipeline.UsageEnricher.Pricing.Books;

/// <summary>Reads price books. A book is read whole before it is used: a file that changes later changes nothing in it.</summary>
public static class PriceBookFiles
{
    /// <summary>An operator's file is at most this long.</summary>
    public const int MaxFileBytes = 16 * 1024 * 1024;

    /// <exception cref="DataFormatException">A file is missing or does not hold what its format says; nothing was read.</exception>
    public static PriceBook Read(PriceFiles files)
    {
        var first = CatalogueFiles.Named(files.Catalogue);
        var catalogues = new List<Catalogue> { first };
        if (files.SecondCatalogue != PriceFiles.None) catalogues.Add(CatalogueFiles.Named(files.SecondCatalogue));

        var (overrides, contracts) = (Bytes(files.Overrides), Bytes(files.Contracts));
        if (OverrideFile.Read(NameOf(files.Overrides), overrides, first) is { } own) catalogues.Insert(0, own);
        var extra = PriceBook.Hash([Convert.ToHexString(PriceFactor.EmbeddedBytes), Convert.ToHexString(contracts)]);
        return new PriceBook(catalogues, PriceFactor.Embedded, ContractFile.Read(NameOf(files.Contracts), contracts, first.Units), extra);
    }

    private static string NameOf(string? path) => path is null ? "" : Path.GetFileName(path);

    private static byte[] Bytes(string? path) => path is null ? [] : DataSource.OneFile(path, MaxFileBytes);
}
