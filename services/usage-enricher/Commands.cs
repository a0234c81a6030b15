using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Pricing.Importing;
using Pipeline.UsageEnricher.Pricing.Rows;

namespace Pipeline.UsageEnricher;

/// <summary>Sub-commands that need neither configuration nor log.</summary>
internal static class Commands
{
    private const int Refused = 2;

    private const string Usage =
        """
        usage-enricher [OPTIONS]                  the service
        usage-enricher price [--catalogue DIR]    prices rows: JSON lines on standard input, one answer per row on standard output
        usage-enricher catalogue import --from DATA.json --units UNITS.json --out DIR
                                                  carries a price catalogue over into the product's format
        """;

    /// <returns>Exit code; null when the arguments name no sub-command.</returns>
    public static int? Run(string[] args) => args switch
    {
        ["price", .. var options] => Price(options),
        ["catalogue", "import", .. var options] => Import(options),
        ["catalogue", ..] => Refuse("catalogue knows one command: import"),
        _ => null,
    };

    private static int Price(string[] args)
    {
        if (!TryOptions(args, ["--catalogue"], out var options)) return Refuse("price takes --catalogue DIR only");

        using var rows = Console.OpenStandardInput();
        using var answers = Console.OpenStandardOutput();
        try
        {
            var catalogue = options.TryGetValue("--catalogue", out var folder) ? CatalogueFiles.ReadFolder(folder) : CatalogueFiles.Embedded;
            return new PriceRowsCommand(catalogue).Run(rows, answers);
        }
        catch (CatalogueFormatException e)
        {
            return Refuse(e.Message);
        }
        catch (IOException e)
        {
            return Refuse($"input or output broke off: {e.Message}");
        }
    }

    private static int Import(string[] args)
    {
        string[] names = ["--from", "--units", "--out"];
        if (!TryOptions(args, names, out var options) || options.Count != names.Length)
            return Refuse("catalogue import needs --from DATA.json --units UNITS.json --out DIR");
        try
        {
            var catalogue = CatalogueImport.Run(options["--from"], options["--units"], options["--out"]);
            var models = catalogue.Providers.Sum(provider => provider.Models.Count);
            Console.Error.WriteLine($"{catalogue.Id}: {catalogue.Providers.Count} providers, {models} models, version {catalogue.Version}");
            return 0;
        }
        catch (Exception e) when (e is CatalogueFormatException or FormatException or IOException or System.Text.Json.JsonException)
        {
            return Refuse(e.Message);
        }
    }

    private static bool TryOptions(string[] args, IReadOnlyList<string> known, out Dictionary<string, string> options)
    {
        options = [];
        if (args.Length % 2 != 0) return false;
        for (var i = 0; i < args.Length; i += 2)
            if (!known.Contains(args[i]) || !options.TryAdd(args[i], args[i + 1]))
                return false;
        return true;
    }

    private static int Refuse(string message)
    {
        Console.Error.WriteLine($"usage-enricher: {message}");
        Console.Error.WriteLine(Usage);
        return Refused;
    }
}
