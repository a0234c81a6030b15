using System.Diagnostics;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.JsonLines;
using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Pricing.Books;
using Pipeline.UsageEnricher.Tests.Fixtures;
using Pipeline.UsageEnricher.Tests.PainPoints;

namespace Pipeline.UsageEnricher.Tests.Pricing.Books;

public sealed class PriceBookTests
{
    private static readonly TokenUsage Turn = Calls.Tokens(1_000_000, 0);

    [Fact]
    public void Product_AsksTheFirstCatalogueAndThenTheSecond()
    {
        Assert.Equal(["genai-prices-0.2.3", "litellm-1.109.1"], PriceBook.Product.Catalogues.Select(static catalogue => catalogue.Id));
        Assert.Equal("genai-prices-0.2.3", Bill.Of(Bill.Call("openai", "gpt-4o", Turn)).CatalogueId);
        var second = Bill.Of(Bill.Call("dashscope", "qwen-plus-2025-07-28", Calls.Tokens(256_001, 0)));
        Assert.Equal((CostStatus.Priced, "litellm-1.109.1", "dashscope/dashscope/qwen-plus-2025-07-28", 0.3072012m), (second.Status, second.CatalogueId, second.PriceKey, second.ListTotal));
        Assert.Equal(PriceBook.Product.Catalogues[1].Version, second.CatalogueVersion);
        Assert.Equal(PriceBook.Product.Version, second.PriceBook);
    }

    [Theory]
    [InlineData("sonar-pro")]
    [InlineData("text-embedding-3-small")]
    public void Find_OfNameWithoutProvider_NeverReachesTheSecondCatalogue(string model) =>
        Assert.Null(CatalogueFiles.Embedded.Find(null, model).Provider);

    [Fact]
    public void Find_OfEntryWithoutAnyRate_GoesOnToTheNextCatalogue()
    {
        var unset = Bill.Of(Bill.Call("openrouter", "moonshotai/kimi-k2.6:free", Turn));
        Assert.Equal((CostStatus.UnpricedModel, "openrouter/moonshotai/kimi-k2.6:free", "genai-prices-0.2.3"), (unset.Status, unset.PriceKey, unset.CatalogueId));
        var book = Bill.Book("""{"provider":"openrouter","match":{"ends_with":":free"},"free":true}""");
        Assert.Equal((CostStatus.Free, 0m), (Bill.Of(Bill.Call("openrouter", "moonshotai/kimi-k2.6:free", Turn), book).Status, Bill.Of(Bill.Call("openrouter", "moonshotai/kimi-k2.6:free", Turn), book).ListTotal));
    }

    [Fact]
    public void Version_OfABook_ChangesWithEachOfItsParts()
    {
        string[] versions =
        [
            PriceBook.Product.Version,
            Bill.Book("""{"provider":"a","model":"b","free":true}""").Version,
            Bill.Book(contracts: """{"name":"c","discount_percent":1}""").Version,
            PriceBookFiles.Read(new PriceFiles(SecondCatalogue: PriceFiles.None)).Version,
        ];
        Assert.Equal(versions.Length, versions.Distinct().Count());
        Assert.Equal(PriceBook.Product.Version, Bill.Book().Version);
        Assert.All(versions, static version => Assert.Matches("^[0-9a-f]{32}$", version));
    }

    [Theory]
    [InlineData("anthropic", "claude-opus-4-6", "inference_geo", "us", 5.5)]
    [InlineData("anthropic", "claude-opus-4-7", "inference_geo", "us", 5.5)]
    [InlineData("anthropic", "claude-opus-4-7", "inference_geo", "global", 5)]
    [InlineData("anthropic", "claude-opus-4-7", "inference_geo", "not_available", 5)]
    [InlineData("anthropic", "claude-opus-5-5", "inference_geo", "us", 4.4)]
    [InlineData("anthropic", "claude-opus-4-5", "inference_geo", "us", 5)]
    public void Factor_OfAPlace_HoldsForTheTokensOfItsModels(string provider, string model, string key, string value, double price)
    {
        var call = Bill.Call(provider, model, Turn) with
        {
            PriceContext = new Dictionary<string, string> { [key] = value }, ToolCalls = new Dictionary<string, long> { ["web_search"] = 1 },
        };
        Bill.IsPricedAt((decimal)price + 0.01m, Bill.Of(call));
    }

    [Theory]
    [InlineData("global", 3)]
    [InlineData("europe-west1", 3.3)]
    [InlineData(null, 3)]
    public void Factor_OfARegionalEndpoint_IsReadFromTheRegion(string? region, double rate)
    {
        var usage = Calls.Tokens(1_000, 0);
        var cost = Bill.Of(Bill.Call("vertex", "claude-sonnet-4-6", usage) with { Region = region });
        Assert.Equal((decimal)rate, Assert.Single(cost.LineItems).Rate);
    }

    [Fact]
    public void Factor_OfOne_SaysThatTheStandardPriceHolds() =>
        Assert.Equal(CostStatus.Priced, Bill.Of(Bill.Call("groq", "llama-3.3-70b-versatile", Turn) with { ServiceTier = "flex" }).Status);

    [Fact]
    public void Variant_OfARegion_HoldsInThatRegionOnly()
    {
        var usage = Calls.Tokens(1_000_000, 0);
        var book = new PriceBook([CatalogueFiles.Named("litellm")], [], [], "");
        Assert.Equal(0.06m, Bill.Of(Bill.Call("bedrock", "amazon.nova-lite-v1:0", usage), book).ListTotal);
        Assert.Equal(0.072m, Bill.Of(Bill.Call("bedrock", "amazon.nova-lite-v1:0", usage) with { Region = "us-gov-west-1" }, book).ListTotal);
        Assert.Equal(CostStatus.Ambiguous, Bill.Of(Bill.Call("bedrock", "amazon.nova-lite-v1:0", usage) with { Region = "us-gov-west-1", ServiceTier = "flex" }, book).Status);
    }

    [Theory]
    [InlineData("""{"provider":"a","model":"b"}""", "needs prices, same_as or free")]
    [InlineData("""{"provider":"a","free":true}""", "needs model or match")]
    [InlineData("""{"model":"b","free":true}""", "")]
    [InlineData("""{"provider":"a","model":"b","same_as":"openai/no-such-model"}""", "has no entry")]
    [InlineData("""{"provider":"a","model":"b","fre":true}""", "unknown member fre")]
    [InlineData("""{"provider":"a","model":"b","prices":[{"rates":{"input_tok":1}}]}""", "no unit has the price key input_tok")]
    [InlineData("""{"provider":"a","model":"b","prices":[{"rates":{"input_mtok":2000000}}]}""", "a price is 0 to")]
    [InlineData("""{"provider":"a","match":{"regex":"("},"free":true}""", "'(' is no regular expression")]
    [InlineData("""{"provider":"a","match":{"or":[{"equals":"b"},{"regex":"a{2,1}"}]},"free":true}""", "is no regular expression")]
    [InlineData("""{"provider":"a","model":"b","prices":[{"daily":["99:00:00","01:00:00"],"rates":{"input_mtok":1}}]}""", "")]
    [InlineData("""{"provider":"a","model":"b","prices":[{"daily":["01:00:00"],"rates":{"input_mtok":1}}]}""", "")]
    [InlineData("""{"provider":"a","model":"b","prices":[{"rates":{"input_mtok":1,"input_mtok":2}}]}""", "input_mtok")]
    [InlineData("""{"provider":"a","model":"b","prices":[]}""", "has no rates")]
    [InlineData("not json", "not JSON")]
    public void Read_OfOverrideThatIsWrong_NamesItsLine(string line, string problem)
    {
        var error = Assert.Throws<DataFormatException>(() => Bill.Book("""{"provider":"x","model":"y","free":true}""" + "\n" + line));
        Assert.Contains("overrides.jsonl:2", error.Message);
        Assert.Contains(problem, error.Message);
    }

    /// <summary>Rules that no catalogue has a word for hang on the entry, under whatever name it is called.</summary>
    [Theory]
    [InlineData("groq/whisper-large-v3", "audio_seconds", 3)]
    [InlineData("groq/whisper-large-v3", "audio_seconds", 12)]
    [InlineData("groq/whisper-large-v3-turbo", "audio_seconds", 3)]
    [InlineData("google/gemini-2.5-flash", "google_search", 4)]
    [InlineData("google/gemini-3.5-flash", "google_search", 4)]
    [InlineData("azure/gpt-4o", "google_search", 0)]
    public void SameAs_OfAnEntryWithRulesOfItsOwn_IsChargedAsItIs(string original, string used, int count)
    {
        var slash = original.IndexOf('/');
        var book = Bill.Book($$"""{"provider":"acme","model":"ours","same_as":"{{original}}"}""");
        var (own, alias) = (Bill.Of(Call(original[..slash], original[(slash + 1)..])), Bill.Of(Call("acme", "ours"), book));
        Assert.Equal((CostStatus.Priced, own.ListTotal, own.LineItems.Sum(static item => item.Quantity)), (alias.Status, alias.ListTotal, alias.LineItems.Sum(static item => item.Quantity)));
        Assert.Equal("acme/ours", alias.PriceKey);

        LLMUsageAudit Call(string provider, string model) => used == "audio_seconds"
            ? Bill.Call(provider, model, null) with { Operation = "transcription", Quantities = new Dictionary<string, decimal> { [used] = count } }
            : Bill.Call(provider, model, Turn) with { ToolCalls = new Dictionary<string, long> { [used] = count } };
    }

    [Theory]
    [InlineData("^(a+)+$")]
    [InlineData("^(?=a)(a|aa)+$")]
    public void Find_OfNameThatAPatternChokesOn_IsDoneInTime(string pattern)
    {
        var book = Bill.Book($$"""{"provider":"a","match":{"regex":"{{pattern}}"},"free":true}""");
        var began = Stopwatch.GetTimestamp();
        Bill.Of(Bill.Call("a", new string('a', 60) + "!", Turn), book);
        Assert.True(Stopwatch.GetElapsedTime(began) < 20 * NameMatch.PatternTimeout);
    }

    [Theory]
    [InlineData("""{"name":"a b","discount_percent":1}""", "a name is")]
    [InlineData("""{"name":"a"}""", "needs discount_percent or rates")]
    [InlineData("""{"name":"a","discount_percent":101}""", "discount_percent is")]
    [InlineData("""{"name":"a","discount_percent":1,"when":{"tean":"x"}}""", "unknown condition tean")]
    [InlineData("""{"name":"a","discount_percent":1,"when":{"team":[]}}""", "team has no value")]
    [InlineData("""{"name":"a","discount_percent":1,"from":"2026-02-01","until":"2026-02-01"}""", "until is not after from")]
    [InlineData("""{"name":"a","rates":{"input_tok":1}}""", "no unit has the price key")]
    [InlineData("""{"name":"a","discount":1}""", "unknown member discount")]
    public void Read_OfContractThatIsWrong_NamesItsLine(string line, string problem)
    {
        var error = Assert.Throws<DataFormatException>(() => Bill.Book(contracts: line));
        Assert.Contains("contracts.jsonl:1", error.Message);
        Assert.Contains(problem, error.Message);
    }

    [Theory]
    [InlineData("""{"team":"search"}""", true)]
    [InlineData("""{"team":"SEARCH","tenant":"t*"}""", true)]
    [InlineData("""{"team":"search","tenant":"t2"}""", false)]
    [InlineData("""{"upstream":["eu","openai"]}""", true)]
    [InlineData("""{"model":"gpt-4*"}""", true)]
    [InlineData("""{"environment":"*"}""", false)]
    public void Contract_OfConditions_NeedsAllOfThem(string when, bool holds)
    {
        var book = Bill.Book(contracts: $$"""{"name":"c","when":{{when}},"discount_percent":50}""");
        var cost = Bill.Of(Bill.Call("openai", "gpt-4o", Turn), book);
        Assert.Equal((holds ? "c" : null, holds ? 1.25m : 2.5m), (cost.Contract, cost.NetTotal));
    }

    [Fact]
    public void Contract_OfASurcharge_RaisesTheNet() =>
        Assert.Equal(2.75m, Bill.Of(Bill.Call("openai", "gpt-4o", Turn), Bill.Book(contracts: """{"name":"eu","discount_percent":-10}""")).NetTotal);

    [Fact]
    public void NetItems_OfOddDiscounts_AreRoundedOnceAndAddUp()
    {
        var book = Bill.Book(contracts: """{"name":"odd","discount_percent":33.333333}""");
        var pricer = new CallPricer(book);
        var random = new Random(5);
        for (var i = 0; i < 500; i++)
        {
            var cost = pricer.Price(Bill.Call("openai", "gpt-5", Calls.Tokens(random.Next(1_000_000), random.Next(100_000))), Calls.At);
            Assert.Equal(cost.NetTotal, cost.LineItems.Sum(static item => item.NetAmount));
            Assert.All(cost.LineItems, static item => Assert.Equal(decimal.Round(item.Quantity * item.Rate / item.Per * (1 - 0.33333333m), 12, MidpointRounding.ToEven), item.NetAmount));
        }
    }
}
