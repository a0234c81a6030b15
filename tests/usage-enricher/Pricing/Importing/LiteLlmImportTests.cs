using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Pricing.Importing;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Pricing.Importing;

public sealed class LiteLlmImportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("litellm-import-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(
        """{"litellm_provider":"openai","mode":"chat","input_cost_per_token":1.25e-06,"output_cost_per_token":1e-05,"cache_read_input_token_cost":1.25E-7}""",
        """prices":[{"rates":{"input_mtok":1.25,"output_mtok":10,"cache_read_mtok":0.125}}]""")]
    [InlineData(
        """{"litellm_provider":"openai","input_cost_per_token":2e-07,"input_cost_per_token_above_272k_tokens":4e-07,"input_cost_per_token_above_272k_tokens_priority":8e-07,"input_cost_per_token_priority":4e-07}""",
        """prices":[{"rates":{"input_mtok":{"base":0.2,"tiers":[{"over":272000,"price":0.4}]}}}],"variants":[{"when":{"service_tier":"priority"},"rates":{"input_mtok":{"base":0.4,"tiers":[{"over":272000,"price":0.8}]}}}]""")]
    [InlineData(
        """{"litellm_provider":"openai","input_cost_per_token":2e-06,"input_cost_per_token_batches":1e-06,"input_cost_per_token_flex":1.5e-06}""",
        """variants":[{"when":{"processing":"batch"},"rates":{"input_mtok":1}},{"when":{"service_tier":"flex"},"rates":{"input_mtok":1.5}}]""")]
    [InlineData(
        """{"litellm_provider":"openai","cache_creation_input_token_cost":6.25e-06,"cache_creation_input_token_cost_above_1hr":1e-05,"cache_creation_input_token_cost_above_1hr_above_200k_tokens":2e-05}""",
        """rates":{"cache_write_mtok":6.25,"cache_write_1h_mtok":{"base":10,"tiers":[{"over":200000,"price":20}]}}""")]
    [InlineData(
        """{"litellm_provider":"openai","mode":"audio_transcription","input_cost_per_second":0.0001,"output_cost_per_second":0.0}""",
        """rates":{"audio_hours":0.36}""")]
    [InlineData("""{"litellm_provider":"openai","mode":"ocr","ocr_cost_per_page":0.004,"annotation_cost_per_page":0.005}""", """rates":{"input_document_kpages":4,"input_annotated_document_kpages":5}""")]
    [InlineData("""{"litellm_provider":"openai","mode":"image_generation","output_cost_per_image":0.04}""", """rates":{"output_images_count":0.04}""")]
    [InlineData("""{"litellm_provider":"openai","mode":"image_generation","output_cost_per_image":0.04,"output_cost_per_image_token":4e-05}""", """rates":{"output_image_mtok":40}""")]
    [InlineData("""{"litellm_provider":"openai","mode":"rerank","input_cost_per_query":0.002}""", """rates":{"rerank_searches_kcount":2}""")]
    [InlineData("""{"litellm_provider":"openai","input_cost_per_request":0.005,"input_cost_per_character":2.5e-07}""", """rates":{"requests_kcount":5,"input_mchars":0.25}""")]
    [InlineData("""{"litellm_provider":"openai","input_cost_per_audio_token":4e-05,"cache_read_input_audio_token_cost":4e-07,"output_cost_per_reasoning_token":3e-06}""", """rates":{"input_audio_mtok":40,"cache_audio_read_mtok":0.4,"output_reasoning_mtok":3}""")]
    [InlineData(
        """{"litellm_provider":"openai","input_cost_per_token":1e-06,"search_context_cost_per_query":{"search_context_size_low":0.03,"search_context_size_medium":0.035,"search_context_size_high":0.05}}""",
        """rates":{"input_mtok":1,"web_searches_kcount":35}}],"variants":[{"when":{"search_context_size":"low"},"rates":{"web_searches_kcount":30}},{"when":{"search_context_size":"high"},"rates":{"web_searches_kcount":50}}]""")]
    [InlineData(
        """{"litellm_provider":"openai","tiered_pricing":[{"input_cost_per_token":1e-06,"range":[0,32000.0]},{"input_cost_per_token":2e-06,"range":[32000.0,128000.0]}]}""",
        """rates":{"input_mtok":{"base":1,"tiers":[{"over":32000,"price":2}]}}""")]
    [InlineData(
        """{"litellm_provider":"openai","input_cost_per_token":2e-06,"output_cost_per_token":4e-06,"off_peak_pricing":{"input_cost_per_token":1e-06,"windows":[{"hours_utc":["22:00-02:00"],"weekdays":[1]},{"hours_utc":"00:00-00:00","weekdays":[6,7]}]}}""",
        """{"days":[1],"daily":["22:00:00","02:00:00"],"rates":{"input_mtok":1,"output_mtok":4}},{"days":[6,7],"rates":{"input_mtok":1,"output_mtok":4}}]""")]
    public void Run_OfFields_WritesTheirUnits(string fields, string expected)
    {
        Import($$"""{"sample_spec":{"input_cost_per_token":0,"litellm_provider":"one of"},"m":{{fields}}}""");
        Assert.Contains(expected, File.ReadAllLines(Path.Combine(_folder, "out", "models", "openai.jsonl"))[1]);
    }

    [Fact]
    public void Run_OfNames_FindsThemByProviderAndBareName()
    {
        var catalogue = Import(
            """
            {"azure/eu/gpt-x":{"litellm_provider":"azure","input_cost_per_token":3e-06},
             "azure_ai/deep-x":{"litellm_provider":"azure_ai","input_cost_per_token":1e-06},
             "gpt-x":{"litellm_provider":"openai","input_cost_per_token":2e-06},
             "vertex_ai/claude-x":{"litellm_provider":"vertex_ai-anthropic_models","input_cost_per_token":2e-06},
             "gemini/gem-x":{"litellm_provider":"gemini","input_cost_per_token":2e-06},
             "anthropic.claude-x":{"litellm_provider":"bedrock_converse","input_cost_per_token":2e-06},
             "bedrock/us-gov-west-1/anthropic.claude-x":{"litellm_provider":"bedrock","input_cost_per_token":2.2e-06},
             "bedrock/eu-west-1/only.there":{"litellm_provider":"bedrock","input_cost_per_token":5e-06}}
            """).Catalogue;
        Assert.Equal("azure/eu/gpt-x", catalogue.Find("azure", "eu/gpt-x").Model?.Id);
        Assert.Equal("azure_ai/deep-x", catalogue.Find("azure", "deep-x").Model?.Id);
        Assert.Equal(("gpt-x", true), (catalogue.Find("azure", "gpt-x").Model?.Id, catalogue.Find("azure", "gpt-x").IsBorrowed));
        Assert.Equal("vertex_ai/claude-x", catalogue.Find("vertex", "claude-x").Model?.Id);
        Assert.Equal("gemini/gem-x", catalogue.Find("google", "gem-x").Model?.Id);
        var bedrock = catalogue.Find("aws", "anthropic.claude-x").Model!;
        Assert.Equal(2.2m, bedrock.Select(Calls.At.UtcDateTime, new Dictionary<string, string> { ["region"] = "us-gov-west-1" }).Block.Rates["input_mtok"].Base);
        Assert.Equal("bedrock/eu-west-1/only.there", catalogue.Find("bedrock", "eu-west-1/only.there").Model?.Id);
        Assert.Null(catalogue.Find(null, "gpt-x").Provider);
    }

    [Theory]
    [InlineData("x/paid-model", "openai", "all prices are zero")]
    [InlineData("ollama/gpt-oss:20b-cloud", "ollama", "all prices are zero")]
    [InlineData("bedrock/us-east-1/1-month-commitment/m", "bedrock", "provisioned throughput")]
    public void Run_OfZeroThatMayMeanUnknown_LeavesItOut(string key, string provider, string reason)
    {
        var report = Import($$"""{"{{key}}":{"litellm_provider":"{{provider}}","input_cost_per_token":0.0,"output_cost_per_token":0.0},"gpt-x":{"litellm_provider":"openai","input_cost_per_token":2e-06} }""");
        Assert.StartsWith($"{key}: {reason}", Assert.Single(report.LeftOut));
        Assert.Equal(1, report.Catalogue.Providers.Sum(static one => one.Models.Count));
    }

    /// <summary>maximhq/bifrost#3559: a price for a million tokens where one for a token was meant.</summary>
    [Theory]
    [InlineData("2.5")]
    [InlineData("-1")]
    public void Run_OfPriceThatCannotBe_KeepsTheEntryThatIsThere(string price)
    {
        Import("""{"gpt-x":{"litellm_provider":"openai","input_cost_per_token":2e-06}}""");
        var report = Import($$"""{"gpt-x":{"litellm_provider":"openai","input_cost_per_token":{{price}} },"gpt-y":{"litellm_provider":"openai","input_cost_per_token":3e-06} }""");
        Assert.Equal(1, report.Refused);
        Assert.StartsWith("gpt-x: a price is negative or beyond", Assert.Single(report.LeftOut));
        Assert.Equal(2m, report.Catalogue.Find("openai", "gpt-x").Model!.Rates[0].Rates["input_mtok"].Base);
        Assert.NotNull(report.Catalogue.Find("openai", "gpt-y").Model);
    }

    [Fact]
    public void Run_OfModelThatIsSaidToBeFree_KeepsItsZero()
    {
        var catalogue = Import("""{"ollama/llama3":{"litellm_provider":"ollama","input_cost_per_token":0.0,"output_cost_per_token":0.0}}""").Catalogue;
        Assert.True(catalogue.Find("ollama", "llama3").Model!.Select(Calls.At.UtcDateTime, null).Block.IsFree);
    }

    [Fact]
    public void Run_OfThePinnedRelease_GivesTheCheckedInCatalogueToTheByte()
    {
        CatalogueImport.Run(TestData.Path("prices/litellm-1.109.1.model_prices.json"), null, _folder);
        var checkedIn = Path.Combine(TestData.RepositoryRoot, "services", "usage-enricher", "Pricing", "SecondCatalogue");
        string[] files = [.. Directory.EnumerateFiles(checkedIn, "*.jsonl", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(checkedIn, file)).Order(StringComparer.Ordinal)];
        Assert.NotEmpty(files);
        foreach (var file in files) Assert.Equal(File.ReadAllBytes(Path.Combine(checkedIn, file)), File.ReadAllBytes(Path.Combine(_folder, file)));
    }

    [Fact]
    public void Second_OfTheProduct_NamesItsLicenceAndReads()
    {
        var catalogue = CatalogueFiles.Named(CatalogueFiles.Second);
        Assert.Equal("litellm-1.109.1", catalogue.Id);
        Assert.True(catalogue.Providers.Sum(static provider => provider.Models.Count) > 4_000);
        var head = File.ReadLines(Path.Combine(TestData.RepositoryRoot, "services", "usage-enricher", "Pricing", "SecondCatalogue", "models", "openai.jsonl")).First();
        Assert.Contains("\"licence\":\"MIT\",\"copyright\":\"Copyright (c) 2023 Berri AI\"", head);
    }

    private ImportReport Import(string map)
    {
        File.WriteAllText(Path.Combine(_folder, "litellm-1.2.3.model_prices.json"), map);
        return CatalogueImport.Run(Path.Combine(_folder, "litellm-1.2.3.model_prices.json"), null, Path.Combine(_folder, "out"));
    }
}
