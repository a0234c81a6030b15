using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.Impacts.Importing;
using Pipeline.UsageEnricher.Impacts.Rows;
using Pipeline.UsageEnricher.Impacts.Videos;
using Pipeline.UsageEnricher.JsonLines;
using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Pricing.Importing;
using Pipeline.UsageEnricher.Pricing.Rows;
using Pipeline.UsageEnricher.Repricing;

namespace Pipeline.UsageEnricher;

/// <summary>Sub-commands. All but reprice need neither configuration nor log.</summary>
internal static class Commands
{
    private const int Refused = 2;
    private const int SomeRefused = 3;
    private const string Approve = "--approve";

    private const string Usage =
        """
        usage-enricher [OPTIONS]                  the service
        usage-enricher price [--catalogue NAME|DIR]
                                                  prices rows: JSON lines on standard input, one answer per row on standard output;
                                                  NAME is genai-prices (the default) or litellm
        usage-enricher reprice --from TIME --to TIME [--catalogue DIR] [--dry-run] [--json] [--data DIR | --bootstrap HOST:PORT --registry URL]
                                                  prices the events of a period again, see docs/repricing.md
        usage-enricher impact [--data DIR] [--models FILE]
                                                  estimates energy and environmental impacts of rows, likewise
        usage-enricher catalogue import --from DATA.json [--units UNITS.json] --out DIR [--approve KEY]...
                                                  carries a release of genai-prices (with its units) or LiteLLM's map over into the
                                                  product's format; prints what changes in the catalogue that DIR holds, and keeps
                                                  what would move a price more than 10x, lose one or cross zero unless approved
                                                  by its key, provider/model or units/name (or a beginning of it and `*`); 3 when
                                                  any was refused
        usage-enricher impact-data import --from DIR --out DIR
                                                  carries EcoLogits' data over into the product's format
        """;

    /// <returns>Exit code; null when the arguments name no sub-command.</returns>
    public static int? Run(string[] args) => args switch
    {
        ["price", .. var options] => Price(options),
        ["reprice", .. var options] => RepriceProgram.Run(options),
        ["impact", .. var options] => Estimate(options),
        ["catalogue", "import", .. var options] => ImportCatalogue(options),
        ["catalogue", ..] => Refuse("catalogue knows one command: import"),
        ["impact-data", "import", .. var options] => ImportImpactData(options),
        ["impact-data", ..] => Refuse("impact-data knows one command: import"),
        _ => null,
    };

    private static int Price(string[] args)
    {
        if (!TryOptions(args, ["--catalogue"], out var options)) return Refuse("price takes --catalogue NAME|DIR only");
        return AnswerRows((rows, answers) =>
        {
            var catalogue = options.TryGetValue("--catalogue", out var name) ? CatalogueFiles.Named(name) : CatalogueFiles.Embedded;
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
            var own = options.TryGetValue("--models", out var file) ? OwnModels.Read(file, DataSource.OneFile(file, OwnModels.MaxBytes), data) : null;
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
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refuse($"input or output broke off: {e.Message}");
        }
    }

    private static int ImportCatalogue(string[] args)
    {
        string[] approved = [.. Enumerable.Range(0, args.Length).Where(i => i > 0 && args[i - 1] == Approve).Select(i => args[i])];
        string[] others = [.. Enumerable.Range(0, args.Length).Where(i => args[i] != Approve && (i == 0 || args[i - 1] != Approve)).Select(i => args[i])];
        if (!TryOptions(others, ["--from", "--units", "--out"], out var options) || !options.ContainsKey("--from") || !options.ContainsKey("--out") || args.LastOrDefault() == Approve)
            return Refuse("catalogue import needs --from DATA.json --out DIR, and --units UNITS.json for genai-prices");

        ImportReport? report = null;
        var exitCode = Import(() =>
        {
            report = CatalogueImport.Run(options["--from"], options.GetValueOrDefault("--units"), options["--out"], approved);
            return Describe(report);
        });
        return report is { Refused: > 0 } ? SomeRefused : exitCode;
    }

    private static string Describe(ImportReport report)
    {
        var catalogue = report.Catalogue;
        var models = catalogue.Providers.Sum(static provider => provider.Models.Count);
        var lines = report.LeftOut.Select(static line => $"left out {line}")
            .Concat(report.Changes.Select(static change => change.ToString()))
            .Append($"{catalogue.Id}: {catalogue.Providers.Count} providers, {models} models, version {catalogue.Version}")
            .Append(report.IsNew ? "the folder was empty: nothing to compare with" : $"{report.Changes.Count} changes, {report.Refused} refused");
        return string.Join(Environment.NewLine, lines);
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
        catch (Exception e) when (e is DataFormatException or IOException or UnauthorizedAccessException || DataLine.IsOfContent(e))
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
