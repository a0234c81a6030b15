using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.Impacts.Importing;
using Pipeline.UsageEnricher.Impacts.Rows;
using Pipeline.UsageEnricher.Impacts.Videos;
using Pipeline.UsageEnricher.JsonLines;
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
        usage-enricher impact [--data DIR] [--models FILE]
                                                  estimates energy and environmental impacts of rows, likewise
        usage-enricher catalogue import --from DATA.json --units UNITS.json --out DIR
                                                  carries a price catalogue over into the product's format
        usage-enricher impact-data import --from DIR --out DIR
                                                  carries EcoLogits' data over into the product's format
        """;

    /// <returns>Exit code; null when the arguments name no sub-command.</returns>
    public static int? Run(string[] args) => args switch
    {
        ["price", .. var options] => Price(options),
        ["impact", .. var options] => Estimate(options),
        ["catalogue", "import", .. var options] => ImportCatalogue(options),
        ["catalogue", ..] => Refuse("catalogue knows one command: import"),
        ["impact-data", "import", .. var options] => ImportImpactData(options),
        ["impact-data", ..] => Refuse("impact-data knows one command: import"),
        _ => null,
    };

    private static int Price(string[] args)
    {
        if (!TryOptions(args, ["--catalogue"], out var options)) return Refuse("price takes --catalogue DIR only");
        return AnswerRows((rows, answers) =>
        {
            var catalogue = options.TryGetValue("--catalogue", out var folder) ? CatalogueFiles.ReadFolder(folder) : CatalogueFiles.Embedded;
            return new PriceRowsCommand(catalogue).Run(rows, answers);
        });
    }

    private static int Estimate(string[] args)
    {
        if (!TryOptions(args, ["--data", "--models"], out var options)) return Refuse("impact takes --data DIR and --models FILE only");
        return AnswerRows((rows, answers) =>
        {
            var data = options.TryGetValue("--data", out var folder) ? ImpactDataFiles.ReadFolder(folder) : ImpactDataFiles.Embedded;
            var videos = folder is null ? VideoData.Embedded : VideoData.Read(DataSource.Folder(folder));
            var own = options.TryGetValue("--models", out var file) ? OwnModels.Read(file, File.ReadAllBytes(file), data) : null;
            return new ImpactRowsCommand(data, videos, own).Run(rows, answers);
        });
    }

    private static int AnswerRows(Func<Stream, Stream, int> answer)
    {
        using var rows = Console.OpenStandardInput();
        using var answers = Console.OpenStandardOutput();
        try
        {
            return answer(rows, answers);
        }
        catch (DataFormatException e)
        {
            return Refuse(e.Message);
        }
        catch (IOException e)
        {
            return Refuse($"input or output broke off: {e.Message}");
        }
    }

    private static int ImportCatalogue(string[] args)
    {
        string[] names = ["--from", "--units", "--out"];
        if (!TryOptions(args, names, out var options) || options.Count != names.Length)
            return Refuse("catalogue import needs --from DATA.json --units UNITS.json --out DIR");
        return Import(() =>
        {
            var catalogue = CatalogueImport.Run(options["--from"], options["--units"], options["--out"]);
            var models = catalogue.Providers.Sum(provider => provider.Models.Count);
            return $"{catalogue.Id}: {catalogue.Providers.Count} providers, {models} models, version {catalogue.Version}";
        });
    }

    private static int ImportImpactData(string[] args)
    {
        string[] names = ["--from", "--out"];
        if (!TryOptions(args, names, out var options) || options.Count != names.Length) return Refuse("impact-data import needs --from DIR --out DIR");
        return Import(() =>
        {
            var data = ImpactDataImport.Run(options["--from"], options["--out"]);
            return $"{ImpactData.Method}: {data.ModelCount} models, {data.Zones.Count} zones, version {data.Version}";
        });
    }

    private static int Import(Func<string> run)
    {
        try
        {
            Console.Error.WriteLine(run());
            return 0;
        }
        catch (Exception e) when (e is DataFormatException or FormatException or KeyNotFoundException or InvalidOperationException or IOException or System.Text.Json.JsonException)
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
