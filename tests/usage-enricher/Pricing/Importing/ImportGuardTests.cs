using Pipeline.UsageEnricher.JsonLines;
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
        Assert.Equal(["acme/o Added False", "acme/m Removed True"], report.Changes.Select(static change => $"{change.Key} {change.Kind} {change.IsRefused}"));
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
        Assert.All(report.Changes, static change => Assert.Equal(("acme/m", true), (change.Key, change.IsRefused)));
        var slip = Assert.Single(report.Changes, static change => change.Kind == ImportChangeKind.MovedFar).ToString();
        Assert.Contains("input_mtok 2 -> 50 at 2026-12-01", slip);
        Assert.Contains("--approve acme/m", slip);
    }

    private const string History = """{"id":"m","match":{"equals":"m"},"prices":[{"prices":{"input_mtok":2}},{"constraint":{"start_date":"2026-06-01"},"prices":{"input_mtok":3}}],"price_variants":[{"when":{"processing":"batch"},"constraint":{"start_date":"2026-03-01"},"prices":{"input_mtok":1}}]}""";

    [Theory]
    [InlineData("""{"prices":{"input_mtok":2}},{"constraint":{"start_date":"2026-06-01"}""", """{"prices":{"input_mtok":0}},{"constraint":{"start_date":"2026-06-01"}""", "CrossedZero input_mtok 2 -> 0")]
    [InlineData("""{"prices":{"input_mtok":2}},""", "", "LostDimension input_mtok 2 is gone")]
    [InlineData("2026-06-01", "2026-06-02", "LostDimension [from 2026-06-01] input_mtok 3 is gone")]
    [InlineData("2026-03-01", "2026-05-01", "LostDimension [processing=batch] [from 2026-03-01] input_mtok 1 is gone")]
    [InlineData("\"processing\":\"batch\"", "\"processing\":\"flex\"", "LostDimension [processing=batch]")]
    public void Run_OfAnotherPast_KeepsTheEntry(string before, string after, string change)
    {
        var first = Import(History);
        Assert.Contains(before, History);
        var report = Import(History.Replace(before, after));
        Assert.Contains(report.Changes, one => one.IsRefused && $"{one.Kind} {one.Detail}".StartsWith(change, StringComparison.Ordinal));
        Assert.Equal(first.Catalogue.Version, report.Catalogue.Version);
        Assert.NotEqual(first.Catalogue.Version, ImportApproved("acme/m", History.Replace(before, after)).Catalogue.Version);
    }

    /// <summary>The new block takes the price away from a day on, which no price in the list says.</summary>
    [Fact]
    public void Run_OfATimeWithoutPrices_KeepsTheEntry()
    {
        Import(Model("m", """{"input_mtok":2}"""));
        var report = Import("""{"id":"m","match":{"equals":"m"},"prices":[{"prices":{"input_mtok":2}},{"constraint":{"start_date":"2026-12-01"},"prices":{}}]}""");
        Assert.Contains(report.Changes, static one => one is { IsRefused: true, Kind: ImportChangeKind.LostDimension } && one.Detail.Contains("input_mtok 2 is gone at 2026-12-01", StringComparison.Ordinal));
        Assert.Contains(report.Changes, static one => one is { IsRefused: true, Kind: ImportChangeKind.Times });
    }

    [Fact]
    public void Run_OfAMatchThatTakesTheOthersNames_KeepsTheEntryThatTakesThem()
    {
        var (m, n) = (Model("m", """{"input_mtok":2}"""), Model("n", """{"input_mtok":40}"""));
        Import(m, n);
        var report = Import(m.Replace("""{"equals":"m"}""", """{"contains":""}"""), n.Replace("40", "39"));
        Assert.Contains("""refused  Match         acme/m match {"equals":"m"} -> {"contains":""}""", string.Join('\n', report.Changes));
        Assert.Equal(["acme/m"], report.Changes.Where(static one => one.IsRefused).Select(static one => one.Key).Distinct());
        Assert.Equal((39m, null), (report.Catalogue.Find("acme", "n").Model!.Rates[0].Rates["input_mtok"].Base, report.Catalogue.Find("acme", "o").Model));
    }

    [Fact]
    public void Run_OfAMatchThatTakesNamesOfNobody_KeepsTheEntry()
    {
        var m = Model("m", """{"input_mtok":2}""");
        Import(m);
        Assert.NotEqual(0, Import(m.Replace("""{"equals":"m"}""", """{"contains":""}""")).Refused);
        Assert.Equal(0, ImportApproved("acme/m", m.Replace("""{"equals":"m"}""", """{"contains":""}""")).Refused);
    }

    [Fact]
    public void Run_OfARenamedEntry_JudgesItByTheNamesItTakes()
    {
        Import(Model("m", """{"input_mtok":2}"""), Model("n", """{"input_mtok":3}"""));
        var renamed = Model("m2", """{"input_mtok":2000}""").Replace("""{"equals":"m2"}""", """{"starts_with":"m"}""");
        var report = Import(renamed, Model("n", """{"input_mtok":3}"""));
        Assert.Equal(2m, report.Catalogue.Find("acme", "m").Model!.Rates[0].Rates["input_mtok"].Base);
        Assert.Contains(report.Changes, static one => one is { Key: "acme/m2", IsRefused: true, Kind: ImportChangeKind.MovedFar });

        Assert.Null(report.Catalogue.Find("acme", "m2").Model);
        Assert.Null(ImportApproved("acme/m", renamed, Model("n", """{"input_mtok":3}""")).Catalogue.Find("acme", "m2").Model);
        Assert.Equal(2000m, ImportApproved("acme/*", renamed, Model("n", """{"input_mtok":3}""")).Catalogue.Find("acme", "m").Model!.Rates[0].Rates["input_mtok"].Base);
    }

    [Fact]
    public void Run_OfARenamedEntryAtAFairPrice_SaysWhoAnswersNow()
    {
        Import(Model("m", """{"input_mtok":2}"""), Model("n", """{"input_mtok":3}"""));
        var report = ImportApproved("acme/m", Model("m2", """{"input_mtok":4}""").Replace("""{"equals":"m2"}""", """{"starts_with":"m"}"""), Model("n", """{"input_mtok":3}"""));
        Assert.Equal(["acme/m2 Added False", "acme/m Removed False", "acme/m2 Answer False"], report.Changes.Select(static one => $"{one.Key} {one.Kind} {one.IsRefused}"));
    }

    [Fact]
    public void Run_OfAnotherOrder_KeepsTheOldOneWhereItMovesAPrice()
    {
        var (narrow, wide) = (Model("mini-x", """{"input_mtok":2}"""), Model("mini", """{"input_mtok":40}""").Replace("equals", "starts_with"));
        Import(narrow, wide);
        var report = Import(wide, narrow);
        Assert.Equal("mini-x", report.Catalogue.Find("acme", "mini-x").Model!.Id);
        Assert.Contains(report.Changes, static one => one is { Key: "acme/*", IsRefused: true, Kind: ImportChangeKind.Order });
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("units/*", 0)]
    public void Run_OfAnotherUnit_KeepsTheOldOne(string approve, int refused)
    {
        Import(Model("m", """{"input_mtok":2}"""));
        var report = ImportInto(_folder, [Model("m", """{"input_mtok":2}""")], [approve], Units.Replace("""{"input_tokens":{"per":1000000""", """{"input_tokens":{"per":1000"""));
        Assert.Equal(("units/input_tokens", refused), (report.Changes[0].Key, report.Refused));
        Assert.Equal(refused > 0 ? 1_000_000 : 1_000, report.Catalogue.Units.ByName("input_tokens")!.Per);
    }

    [Fact]
    public void Run_OfAUnitThatEntriesNeedOtherwise_SaysWhatToApprove()
    {
        Import(Model("m", """{"input_mtok":2}"""));
        var error = Assert.Throws<DataFormatException>(() => ImportInto(_folder, [Model("m", """{"input_tokens_m":2}"""), Model("n", """{"input_tokens_m":2}""")], [], Units.Replace("input_mtok", "input_tokens_m")));
        Assert.Contains("--approve units/", error.Message);
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

    private static ImportReport ImportInto(string folder, string[] models, string[] approved, string units = Units)
    {
        File.WriteAllText(Path.Combine(folder, "genai-prices-1.2.3.data.json"), $$"""[{"id":"acme","name":"Acme","api_pattern":"https://acme","models":[{{string.Join(',', models)}}]}]""");
        File.WriteAllText(Path.Combine(folder, "units.json"), units);
        var report = CatalogueImport.Run(Path.Combine(folder, "genai-prices-1.2.3.data.json"), Path.Combine(folder, "units.json"), Path.Combine(folder, "out"), approved);
        foreach (var provider in report.Catalogue.Providers) _ = provider.Models.Count;
        return report;
    }
}
