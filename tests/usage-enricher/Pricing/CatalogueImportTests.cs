using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Pricing.Importing;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Pricing;

public sealed class CatalogueImportTests : IDisposable
{
    private const string SourceUnits =
        """{"input_tokens":{"per":1000000,"price_key":"input_mtok","dimensions":{"family":"tokens","direction":"input"}}}""";

    private const string SourceData =
        """
        [{"id":"acme","name":"Acme","api_pattern":"https://acme","provider_match":{"equals":"a"},"extractors":[],
          "models":[{"id":"m","match":{"equals":"m"},"price_comments":"dear","context_window":5,
            "prices":[{"prices":{"input_mtok":1.25e-07}},{"constraint":{"start_date":"2026-01-02"},"prices":{"input_mtok":{"base":2.50,"tiers":[{"start":10,"price":3}]}}},
              {"constraint":{"start_time":"23:30:00+01:00","end_time":"02:00:00Z"},"prices":{"input_mtok":null}}],
            "price_variants":[{"when":{"processing":"batch"},"prices":{"input_mtok":1},"constraint":{"start_date":"2026-10-14"}}]}]}]
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("catalogue-import-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_OfSource_KeepsOrderAndRatesAsGiven()
    {
        Import(SourceData);
        var models = File.ReadAllLines(Path.Combine(_folder, "out", "models", "acme.jsonl"));
        Assert.StartsWith("{\"catalogue\":\"some-prices\",\"release\":\"1.2.3\",\"source\":", models[0]);
        Assert.Equal(
            """{"id":"m","match":{"equals":"m"},"prices":[{"rates":{"input_mtok":0.000000125}},"""
            + """{"from":"2026-01-02","rates":{"input_mtok":{"base":2.50,"tiers":[{"over":10,"price":3}]}}},"""
            + """{"daily":["22:30:00","02:00:00"],"rates":{}}],"""
            + "\"variants\":" + """[{"when":{"processing":"batch"},"from":"2026-10-14","rates":{"input_mtok":1}}]}""",
            models[1]);
        Assert.Equal(
            """{"id":"acme","api_pattern":"https://acme","answers_to":{"equals":"a"}}""",
            File.ReadAllLines(Path.Combine(_folder, "out", "providers.jsonl"))[1]);
    }

    [Theory]
    [InlineData("\"context_window\":5", "\"surcharge\":5", "surcharge")]
    [InlineData("\"start_date\":\"2026-01-02\"", "\"weekday\":\"Sunday\"", "weekday")]
    [InlineData("{\"input_mtok\":1.25e-07}", "{\"thought_mtok\":1}", "thought_mtok")]
    [InlineData("{\"input_mtok\":1.25e-07}", "{\"input_mtok\":-1}", "a price is 0 to")]
    [InlineData("{\"equals\":\"m\"}", "{\"regex\":\"(\"}", "models/acme.jsonl:2: '(' is no regular expression")]
    [InlineData("https://acme", "https://(acme", "providers.jsonl:2: ")]
    [InlineData("{\"processing\":\"batch\"}", "{}", "without a condition")]
    public void Run_OfSourceWithSomethingUnknown_RefusesIt(string known, string unknown, string message)
    {
        var error = Assert.ThrowsAny<Exception>(() => Import(SourceData.Replace(known, unknown)));
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void Run_OfThePinnedRelease_GivesTheCheckedInCatalogueToTheByte()
    {
        var data = TestData.Path("prices/genai-prices-0.2.3.data.json");
        CatalogueImport.Run(data, TestData.Path("prices/genai-prices-0.2.3.units.json"), _folder);

        var checkedIn = Path.Combine(TestData.RepositoryRoot, "services", "usage-enricher", "Pricing", "Catalogue");
        var expected = Files(checkedIn);
        Assert.Equal(expected, Files(_folder));
        foreach (var file in expected) Assert.Equal(File.ReadAllBytes(Path.Combine(checkedIn, file)), File.ReadAllBytes(Path.Combine(_folder, file)));
    }

    [Fact]
    public void Embedded_OfTheProduct_IsReadableAsAWhole()
    {
        var catalogue = CatalogueFiles.Embedded;
        Assert.Equal("genai-prices-0.2.3", catalogue.Id);
        Assert.Matches("^[0-9a-f]{32}$", catalogue.Version);
        Assert.Equal(2330, catalogue.Providers.Sum(provider => provider.Models.Count));
    }

    private void Import(string data)
    {
        File.WriteAllText(Path.Combine(_folder, "some-prices-1.2.3.data.json"), data);
        File.WriteAllText(Path.Combine(_folder, "units.json"), SourceUnits);
        CatalogueImport.Run(Path.Combine(_folder, "some-prices-1.2.3.data.json"), Path.Combine(_folder, "units.json"), Path.Combine(_folder, "out"));
    }

    private static string[] Files(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.jsonl", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)];
}
