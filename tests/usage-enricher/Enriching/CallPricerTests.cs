using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Enriching;

public sealed class CallPricerTests
{
    [Fact]
    public void Price_OfPlainCall_ItemisesItsTokens()
    {
        var cost = Calls.Price(Calls.Plain(Calls.Tokens(1200, 340)));
        Assert.Equal(CostStatus.Priced, cost.Status);
        Assert.Equal("acme/acme-plain", cost.PriceKey);
        Assert.Equal(("USD", "hand-1", TestCatalogue.Instance.Version), (cost.Currency, cost.CatalogueId, cost.CatalogueVersion));
        Assert.Equal(["input_tokens 1200*2/1000000=0.0024", "output_tokens 340*8/1000000=0.00272"], cost.LineItems.Select(Show).Order());
        Assert.Equal((0.00512m, 0.00512m), (cost.ListTotal, cost.NetTotal));
    }

    [Fact]
    public void Price_OfEveryTokenKind_CountsEachOnce()
    {
        var usage = new TokenUsage
        {
            InputUncached = 100, CacheRead = 200, InputAudio = 30, ToolUsePrompt = 7, OutputText = 11, Reasoning = 13,
            Overlaps = new Dictionary<string, long> { ["cache_read_audio"] = 5 }, InputTotal = 342, OutputTotal = 24,
        };
        var cost = Calls.Price(Calls.Plain(usage) with { ResponseModel = "acme-audio" });
        Assert.Equal(CostStatus.Priced, cost.Status);
        Assert.Equal(
            [
                "cache_audio_read_tokens 5*10/1000000=0.00005", "cache_read_tokens 200*0.5/1000000=0.0001", "input_audio_tokens 30*40/1000000=0.0012",
                "input_tokens 107*2/1000000=0.000214", "output_reasoning_tokens 13*9/1000000=0.000117", "output_tokens 11*8/1000000=0.000088",
            ],
            cost.LineItems.Select(Show).Order());
    }

    [Fact]
    public void Price_OfCacheWrites_KnowsTheirTimeToLive()
    {
        var usage = new TokenUsage { InputUncached = 1, CacheRead = 2, CacheWrite = 10, CacheWrite5m = 20, CacheWrite1h = 40, InputTotal = 73, OutputTotal = 0 };
        var cost = Calls.Price(Calls.Plain(usage) with { ResponseModel = "acme-cache" });
        Assert.Equal(
            [
                "cache_read_tokens 2*0.5/1000000=0.000001", "cache_write_1h_tokens 40*4/1000000=0.00016",
                "cache_write_tokens 30*3/1000000=0.00009", "input_tokens 1*2/1000000=0.000002",
            ],
            cost.LineItems.Select(Show).Order());
    }

    [Fact]
    public void Price_OfTotalsBeyondTheParts_ChargesTheRestAsInputAndOutput()
    {
        var usage = new TokenUsage { InputUncached = 10, InputTotal = 25, OutputTotal = 4 };
        Assert.Equal((25 * 2m + 4 * 8m) / 1_000_000, Calls.Price(Calls.Plain(usage)).ListTotal);
    }

    [Theory]
    [InlineData(200_000, 2)]
    [InlineData(200_001, 4)]
    public void Price_OfTier_CountsCachedTokensOfTheCall(long total, int price)
    {
        var usage = new TokenUsage { InputUncached = 1000, CacheRead = total - 1000, InputTotal = total, OutputTotal = 0 };
        var cost = Calls.Price(Calls.Plain(usage) with { ResponseModel = "acme-tier" });
        Assert.Equal(price, Assert.Single(cost.LineItems, item => item.Dimension == "input_tokens").Rate);
    }

    [Fact]
    public void Price_OfAmountsBetweenDigits_RoundsEachItemOnceHalfEven()
    {
        // 0.36 / 3600 = 0.0001 per second: 1e-12 is 1e-8 seconds, so half of it is 5e-9 seconds.
        var half = Calls.Plain() with { ResponseModel = "acme-ears", Quantities = new Dictionary<string, decimal> { ["audio_seconds"] = 0.000000005m } };
        Assert.Equal(0m, Calls.Price(half).ListTotal);
        var oneAndAHalf = half with { Quantities = new Dictionary<string, decimal> { ["audio_seconds"] = 0.000000015m } };
        Assert.Equal(0.000000000002m, Calls.Price(oneAndAHalf).ListTotal);
    }

    [Fact]
    public void Price_OfUnknownModel_NamesTheKeyToAdd()
    {
        var cost = Calls.Price(Calls.Plain(Calls.Tokens(1, 1)) with { ResponseModel = "models/acme%2Dnew", RequestModel = "alias" });
        Assert.Equal((CostStatus.UnpricedModel, "acme/acme-new", null), (cost.Status, cost.PriceKey, cost.ListTotal));
        Assert.Empty(cost.LineItems);
        var elsewhere = Calls.Price(Calls.Plain(Calls.Tokens(1, 1)) with { Provider = "nobody", ResponseModel = null, RequestModel = null });
        Assert.Equal((CostStatus.UnpricedModel, "nobody/unknown"), (elsewhere.Status, elsewhere.PriceKey));
    }

    [Theory]
    [InlineData(null, "acme-plain")]
    [InlineData("models/acme-plain", null)]
    [InlineData("publishers/acme/models/acme-plain", null)]
    [InlineData("projects/p/locations/eu/publishers/acme/models/acme-plain", null)]
    [InlineData("acme%2Dplain", null)]
    public void Price_OfModelByAnotherName_FindsItsEntry(string? replied, string? asked)
    {
        var cost = Calls.Price(Calls.Plain(Calls.Tokens(1, 1)) with { ResponseModel = replied, RequestModel = asked });
        Assert.Equal((CostStatus.Priced, "acme/acme-plain"), (cost.Status, cost.PriceKey));
    }

    [Fact]
    public void Price_OfOutputWithoutARate_SaysSo()
    {
        var cost = Calls.Price(Calls.Plain(Calls.Tokens(1_000_000, 5)) with { ResponseModel = "acme-embed" });
        Assert.Equal((CostStatus.UnpricedDimension, 0.02m), (cost.Status, cost.ListTotal));
        Assert.Equal(["output_tokens"], cost.Unpriced);
        Assert.Equal(CostStatus.Priced, Calls.Price(Calls.Plain(Calls.Tokens(7, 0)) with { ResponseModel = "acme-embed" }).Status);
    }

    [Theory]
    [InlineData("web_search", 2, CostStatus.Priced, 0.025)]
    [InlineData("web_fetch", 2, CostStatus.Priced, 0.005)]
    [InlineData("code_interpreter", 1, CostStatus.UnpricedDimension, 0.005)]
    public void Price_OfToolCalls_ChargesThemOrSaysThatItCannot(string tool, long calls, CostStatus status, double total)
    {
        var cost = Calls.Price(Calls.Plain(Calls.Tokens(0, 0)) with { ResponseModel = "acme-search", ToolCalls = new Dictionary<string, long> { [tool] = calls } });
        Assert.Equal((status, (decimal)total), (cost.Status, cost.ListTotal));
        if (status != CostStatus.Priced) Assert.Equal([tool], cost.Unpriced);
    }

    [Fact]
    public void Price_OfSearchesWithoutARate_SaysSo()
    {
        var cost = Calls.Price(Calls.Plain(Calls.Tokens(10, 10)) with { ToolCalls = new Dictionary<string, long> { ["web_search"] = 1 } });
        Assert.Equal(CostStatus.UnpricedDimension, cost.Status);
        Assert.Equal(["web_searches"], cost.Unpriced);
    }

    [Fact]
    public void Price_OfSecondsBesideTokens_TakesThemAsInformation()
    {
        var call = Calls.Plain(Calls.Tokens(10, 10)) with { Quantities = new Dictionary<string, decimal> { ["audio_seconds"] = 3, ["images"] = 1 } };
        Assert.Equal(CostStatus.Priced, Calls.Price(call).Status);
        var only = Calls.Price(call with { Usage = null });
        Assert.Equal((CostStatus.UnpricedDimension, null), (only.Status, only.ListTotal));
        Assert.Equal(["audio_seconds", "images"], only.Unpriced);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1_000_000_000_001)]
    public void Price_OfImpossibleCount_IsNoAmount(long count)
    {
        var cost = Calls.Price(Calls.Plain(Calls.Tokens(1, 1) with { CacheRead = count }));
        Assert.Equal((CostStatus.UnpricedDimension, null, null), (cost.Status, cost.ListTotal, cost.NetTotal));
        Assert.Equal(["cache_read"], cost.Unpriced);
    }

    [Fact]
    public void Price_OfLargestCounts_NeitherThrowsNorOverflows()
    {
        var most = CallFigures.MaxCount;
        var usage = new TokenUsage
        {
            InputUncached = most, CacheRead = most, CacheWrite = most, CacheWrite5m = most, CacheWrite1h = most, InputAudio = most, InputImage = most,
            InputVideo = most, ToolUsePrompt = most, OutputText = most, Reasoning = most, OutputAudio = most, OutputImage = most, InputTotal = most, OutputTotal = most,
        };
        Assert.Equal(CostStatus.Priced, Calls.Price(Calls.Plain(usage)).Status);
    }

    [Theory]
    [InlineData("acme-free", 10, 10)]
    [InlineData("acme-free", 0, 0)]
    public void Price_OfExplicitZeroPrice_IsFree(string model, long input, long output)
    {
        var cost = Calls.Price(Calls.Plain(Calls.Tokens(input, output)) with { ResponseModel = model });
        Assert.Equal((CostStatus.Free, 0m), (cost.Status, cost.ListTotal));
    }

    [Fact]
    public void Price_OfNoTokensAtAPrice_IsPricedAtZero() =>
        Assert.Equal((CostStatus.Priced, 0m), (Calls.Price(Calls.Plain(Calls.Tokens(0, 0))).Status, Calls.Price(Calls.Plain(Calls.Tokens(0, 0))).ListTotal));

    [Theory]
    [InlineData(200, Outcome.Ok, null, CostStatus.UsageMissing)]
    [InlineData(400, Outcome.UpstreamError, "invalid_request_error", CostStatus.UsageMissing)]
    [InlineData(500, Outcome.UpstreamError, null, CostStatus.UsageMissing)]
    [InlineData(408, Outcome.UpstreamError, null, CostStatus.UsageMissing)]
    [InlineData(null, Outcome.Timeout, "reply_timeout", CostStatus.UsageMissing)]
    [InlineData(null, Outcome.Interrupted, null, CostStatus.UsageMissing)]
    [InlineData(null, Outcome.ClientCancelled, null, CostStatus.UsageMissing)]
    [InlineData(429, Outcome.RateLimited, null, CostStatus.Free)]
    [InlineData(401, Outcome.UpstreamError, null, CostStatus.Free)]
    [InlineData(404, Outcome.UpstreamError, null, CostStatus.Free)]
    [InlineData(null, Outcome.Rejected, null, CostStatus.Free)]
    [InlineData(null, Outcome.RateLimited, "RateLimitError", CostStatus.Free)]
    [InlineData(null, Outcome.UpstreamError, "connection_refused", CostStatus.Free)]
    [InlineData(null, Outcome.Timeout, "connect_timeout", CostStatus.Free)]
    public void Price_OfCallWithoutUsage_IsFreeOnlyWhereNoModelRan(int? status, Outcome outcome, string? errorType, CostStatus expected)
    {
        var cost = Calls.Price(Calls.Plain() with { StatusCode = status, Outcome = outcome, ErrorType = errorType });
        Assert.Equal(expected, cost.Status);
        Assert.Equal(expected == CostStatus.Free ? 0m : null, cost.ListTotal);
    }

    [Fact]
    public void Price_OfUsageObjectWithoutFigures_IsMissing() => Assert.Equal(CostStatus.UsageMissing, Calls.Price(Calls.Plain(new TokenUsage())).Status);

    [Fact]
    public void Price_OfErrorWithUsage_IsPriced() =>
        Assert.Equal(CostStatus.Priced, Calls.Price(Calls.Plain(Calls.Tokens(5, 1)) with { StatusCode = 429, Outcome = Outcome.RateLimited }).Status);

    [Fact]
    public void Price_OfPartialUsage_IsPricedAtWhatIsKnown() =>
        Assert.Equal(CostStatus.Priced, Calls.Price(Calls.Plain(Calls.Tokens(5, 1)) with { UsageSource = UsageSource.Partial }).Status);

    /// <summary>The gateway's own events and imported ones alike.</summary>
    [Theory]
    [InlineData("chat", 100L, null, null, CostStatus.Ambiguous)]
    [InlineData("chat", null, 100L, null, CostStatus.Ambiguous)]
    [InlineData("chat", 100L, null, 130L, CostStatus.Ambiguous)]
    [InlineData("chat", 100L, null, 100L, CostStatus.Priced)]
    [InlineData("embeddings", 100L, null, null, CostStatus.Priced)]
    public void Price_OfOneSideOnly_IsNotWhole(string operation, long? input, long? output, long? total, CostStatus status)
    {
        var usage = new TokenUsage { InputUncached = input, InputTotal = input, OutputText = output, OutputTotal = output, ProviderTotal = total };
        var cost = Calls.Price(Calls.Plain(usage) with { Operation = operation });
        Assert.Equal((status, ((input ?? 0) * 2m + (output ?? 0) * 8m) / 1_000_000), (cost.Status, cost.ListTotal));
        var billed = Calls.Plain(Calls.Tokens(1, 1)) with { Operation = operation, Billed = [new BilledUsage { Kind = "message", Usage = usage }] };
        Assert.Equal(status, Calls.Price(billed).Status);
    }

    [Theory]
    [InlineData(false, CostStatus.Free, 0)]
    [InlineData(true, CostStatus.Priced, 2)]
    public void Price_OfRetrievedReply_ChargesBackgroundCallsOnly(bool background, CostStatus status, int total)
    {
        var cost = Calls.Price(Calls.Plain(Calls.Tokens(1_000_000, 0)) with { Operation = "retrieve", Background = background });
        Assert.Equal((status, (decimal?)total), (cost.Status, cost.ListTotal));
    }

    [Theory]
    [InlineData("flex", CostStatus.Priced, 1)]
    [InlineData("ON_DEMAND_FLEX", CostStatus.Priced, 1)]
    [InlineData("default", CostStatus.Priced, 2)]
    [InlineData("standard", CostStatus.Priced, 2)]
    [InlineData("ON_DEMAND", CostStatus.Priced, 2)]
    [InlineData("priority", CostStatus.Ambiguous, 2)]
    [InlineData("batch", CostStatus.Ambiguous, 2)]
    [InlineData("PROVISIONED_THROUGHPUT", CostStatus.Ambiguous, 2)]
    public void Price_OfServiceTier_TakesItsPriceOrSaysThatThereIsNone(string tier, CostStatus status, int price)
    {
        var cost = Calls.Price(Calls.Plain(Calls.Tokens(1_000_000, 0)) with { ResponseModel = "acme-variants", ServiceTier = tier });
        Assert.Equal(status, cost.Status);
        Assert.Equal(price, Assert.Single(cost.LineItems, item => item.Dimension == "input_tokens").Rate);
    }

    [Fact]
    public void Price_OfBatch_TakesTheBatchPrice()
    {
        var cost = Calls.Price(Calls.Plain(Calls.Tokens(1_000_000, 0)) with { ResponseModel = "acme-dated", ServiceTier = "batch" });
        Assert.Equal((CostStatus.Priced, 0.5m), (cost.Status, cost.ListTotal));
    }

    [Fact]
    public void Price_OfBorrowedModelServedSpecially_IsAmbiguous()
    {
        var cost = Calls.Price(Calls.Plain(Calls.Tokens(1_000_000, 0)) with { Provider = "reseller", ResponseModel = "acme-variants", ServiceTier = "flex" });
        Assert.Equal((CostStatus.Ambiguous, "reseller/acme-variants", 2.005m), (cost.Status, cost.PriceKey, cost.ListTotal));
    }

    [Fact]
    public void Price_OfSpeed_ReadsTheContext()
    {
        var call = Calls.Plain(Calls.Tokens(1_000_000, 0)) with { ResponseModel = "acme-variants" };
        Assert.Equal(CostStatus.Priced, Calls.Price(call with { PriceContext = new Dictionary<string, string> { ["speed"] = "standard" } }).Status);
        Assert.Equal(CostStatus.Ambiguous, Calls.Price(call with { PriceContext = new Dictionary<string, string> { ["speed"] = "fast" } }).Status);
    }

    [Fact]
    public void Price_OfRandomCalls_TotalsAreTheSumOfTheirItems()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var pricer = new CallPricer(TestCatalogue.Instance);
        var models = (string[])["acme-plain", "acme-cache", "acme-audio", "acme-tier", "acme-search", "acme-variants", "acme-ears", "acme-embed", "acme-free"];
        for (var i = 0; i < 2_000; i++)
        {
            long? Any() => random.Next(3) == 0 ? null : random.NextInt64(0, 300_000);
            var usage = new TokenUsage
            {
                InputUncached = Any(), CacheRead = Any(), CacheWrite = Any(), CacheWrite1h = Any(), InputAudio = Any(), OutputText = Any(), Reasoning = Any(), InputTotal = Any(),
            };
            var cost = pricer.Price(Calls.Plain(usage) with { ResponseModel = models[random.Next(models.Length)] }, Calls.At);
            Assert.True(cost.ListTotal is null == cost.LineItems.Count is 0 || cost.LineItems.Sum(item => item.Amount) == cost.ListTotal, $"seed {seed}, case {i}");
            Assert.Equal(cost.ListTotal ?? 0, cost.LineItems.Sum(item => item.Amount));
            Assert.All(cost.LineItems, item => Assert.Equal(item.Amount, decimal.Round(item.Quantity * item.Rate / item.Per, 12, MidpointRounding.ToEven)));
        }
    }

    private static string Show(CostLine item) => FormattableString.Invariant($"{item.Dimension} {item.Quantity:0.#####}*{item.Rate:0.#####}/{item.Per}={item.Amount:0.############}");
}
