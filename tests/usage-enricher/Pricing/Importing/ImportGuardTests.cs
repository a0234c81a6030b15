using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Pricing.Importing;

namespace Pipeline.UsageEnricher.Tests.Pricing.Importing;

public sealed class ImportGuardTests : IDisposable
{
    private const string Units =
        """
        {"input_tokens":{"per":1000000,"price_key":"input_mtok","dimensions":{"family":"tokens","direction":"input"}},
         "output_tokens":{"per":1000000,"price_key":"output_mtok","dimensions":{"family":"tokens","direction":"output"}},
         "cache_read_tokens":{"per":1000000,"price_key":"cache_read_mtok","dimensions":{"family":"tokens","direction":"input","token_type":"cache_read"}}}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("import-guard-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The last three: BerriAI/litellm#9833, a cache rate ten times too high; maximhq/bifrost#3559, per token for per million.</summary>
    [Theory]
    [InlineData("""{"input_mtok":2,"output_mtok":8}""", """{"input_mtok":20,"output_mtok":0.8}""", "Moved Moved", 0)]
    [InlineData("""{"input_mtok":2,"output_mtok":8}""", """{"input_mtok":20.1,"output_mtok":8}""", "MovedFar", 1)]
    [InlineData("""{"input_mtok":2,"output_mtok":8}""", """{"input_mtok":0.19,"output_mtok":8}""", "MovedFar", 1)]
    [InlineData("""{"input_mtok":2,"output_mtok":8}""", """{"input_mtok":0,"output_mtok":8}""", "CrossedZero", 1)]
    [InlineData("""{"input_mtok":0,"output_mtok":8}""", """{"input_mtok":2,"output_mtok":8}""", "CrossedZero", 1)]
    [InlineData("""{"input_mtok":2,"output_mtok":8}""", """{"input_mtok":2}""", "LostDimension", 1)]
    [InlineData("""{"input_mtok":{"base":2,"tiers":[{"start":200000,"price":4}]}}""", """{"input_mtok":2}""", "LostDimension", 1)]
    [InlineData("""{"input_mtok":2}""", """{"input_mtok":2,"output_mtok":8}""", "NewDimension", 0)]
    [InlineData("""{"input_mtok":2,"cache_read_mtok":0.2}""", """{"input_mtok":2,"cache_read_mtok":2.5}""", "MovedFar", 1)]
    [InlineData("""{"input_mtok":2,"output_mtok":8}""", """{"input_mtok":0.000002,"output_mtok":0.000008}""", "MovedFar MovedFar", 2)]
    public void Run_OverAnOlderRelease_RefusesWhatLooksLikeASlip(string before, string after, string kinds, int refused)
    {
        Import(Model("m", before));
        var report = Import(Model("m", after));
        Assert.Equal(kinds, string.Join(' ', report.Changes.Select(static change => change.Kind)));
        Assert.Equal(refused, report.Refused);
        var kept = report.Catalogue.Find("acme", "m").Model!;
        var expected = refused > 0 ? before : after;
        Assert.Equal(Sorted(PriceList.Of(Parsed(expected))), Sorted(PriceList.Of(kept)));
    }

    [Theory]
    [InlineData("acme/m", 0)]
    [InlineData("acme/*", 0)]
    [InlineData("acme/n", 1)]
    public void Run_WithApproval_TakesTheEntryThatItNames(string approved, int refused)
    {
        Import(Model("m", """{"input_mtok":2}"""));
        Assert.Equal(refused, ImportApproved(approved, Model("m", """{"input_mtok":40}""")).Refused);
    }

    [Fact]
    public void Run_OfReleaseWithoutAnEntry_KeepsItUnlessApproved()
    {
        Import(Model("m", """{"input_mtok":2}"""), Model("n", """{"input_mtok":3}"""));
        var report = Import(Model("n", """{"input_mtok":3}"""), Model("o", """{"input_mtok":4}"""));
        Assert.Equal(["acme/m Removed True", "acme/o Added False"], report.Changes.Select(static change => $"{change.Key} {change.Kind} {change.IsRefused}"));
        Assert.NotNull(report.Catalogue.Find("acme", "m").Model);
        Assert.Null(ImportApproved("acme/m", Model("n", """{"input_mtok":3}""")).Catalogue.Find("acme", "m").Model);
    }

    [Fact]
    public void Run_OfTheSameRelease_ChangesNothing()
    {
        var first = Import(Model("m", """{"input_mtok":2}"""));
        var second = Import(Model("m", """{"input_mtok":2}"""));
        Assert.True(first.IsNew);
        Assert.Empty(second.Changes);
        Assert.Equal(first.Catalogue.Version, second.Catalogue.Version);
    }

    [Fact]
    public void Run_OfANewStartDate_ComparesTheNewestPrices()
    {
        Import(Model("m", """{"input_mtok":2}"""));
        var report = Import("""{"id":"m","match":{"equals":"m"},"prices":[{"prices":{"input_mtok":2}},{"constraint":{"start_date":"2026-12-01"},"prices":{"input_mtok":50}}]}""");
        Assert.Equal((1, "acme/m"), (report.Refused, report.Changes[0].Key));
        Assert.Contains("input_mtok 2 -> 50", report.Changes[0].ToString());
        Assert.Contains("--approve acme/m", report.Changes[0].ToString());
    }

    private static CatalogueModel Parsed(string rates)
    {
        var folder = Directory.CreateTempSubdirectory("import-guard-parse-").FullName;
        try
        {
            return ImportInto(folder, [Model("m", rates)], []).Catalogue.Find("acme", "m").Model!;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Model(string id, string rates) => $$"""{"id":"{{id}}","match":{"equals":"{{id}}"},"prices":{{rates}}}""";

    private ImportReport Import(params string[] models) => ImportInto(_folder, models, []);

    private ImportReport ImportApproved(string approved, params string[] models) => ImportInto(_folder, models, [approved]);

    private static IEnumerable<string> Sorted(IReadOnlyDictionary<string, decimal> prices) =>
        prices.Select(static price => $"{price.Key} {price.Value}").Order(StringComparer.Ordinal);

    private static ImportReport ImportInto(string folder, string[] models, string[] approved)
    {
        File.WriteAllText(Path.Combine(folder, "genai-prices-1.2.3.data.json"), $$"""[{"id":"acme","name":"Acme","api_pattern":"https://acme","models":[{{string.Join(',', models)}}]}]""");
        File.WriteAllText(Path.Combine(folder, "units.json"), Units);
        var report = CatalogueImport.Run(Path.Combine(folder, "genai-prices-1.2.3.data.json"), Path.Combine(folder, "units.json"), Path.Combine(folder, "out"), approved);
        foreach (var provider in report.Catalogue.Providers) _ = provider.Models.Count;
        return report;
    }
}
