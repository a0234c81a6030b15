using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Pricing;

public sealed class PriceBlockTests
{
    [Fact]
    public void TryPrice_OfPlainTokens_MultipliesExactly()
    {
        var figures = TestCatalogue.Figures(("input_tokens", 1200), ("output_tokens", 340));
        Assert.Equal(1200 * 2m / 1_000_000 + 340 * 8m / 1_000_000, Total("acme-plain", figures));
    }

    [Fact]
    public void TryPrice_OfCachedTokensWithoutTheirOwnRate_ChargesInput()
    {
        var figures = TestCatalogue.Figures(("input_tokens", 1_000_000), ("cache_read_tokens", 400_000), ("cache_write_1h_tokens", 100));
        Assert.Equal(2m, Total("acme-plain", figures));
    }

    [Fact]
    public void TryPrice_OfCachedTokens_TakesThemOutOfInput()
    {
        var figures = TestCatalogue.Figures(
            ("input_tokens", 1_000_000), ("cache_read_tokens", 400_000), ("cache_write_tokens", 300_000), ("cache_write_1h_tokens", 100_000));
        Assert.Equal(0.3m * 2 + 0.4m * 0.5m + 0.2m * 3 + 0.1m * 4, Total("acme-cache", figures));
    }

    [Fact]
    public void TryPrice_OfOverlappingParts_CountsEachTokenOnce()
    {
        var figures = TestCatalogue.Figures(
            ("input_tokens", 1_000_000), ("cache_read_tokens", 400_000), ("input_audio_tokens", 300_000), ("cache_audio_read_tokens", 100_000));
        Assert.Equal(0.4m * 2 + 0.3m * 0.5m + 0.2m * 40 + 0.1m * 10, Total("acme-audio", figures));
    }

    [Fact]
    public void TryPrice_OfReasoning_TakesItOutOfOutput()
    {
        var figures = TestCatalogue.Figures(("input_tokens", 0), ("output_tokens", 1_000_000), ("output_reasoning_tokens", 250_000));
        Assert.Equal(0.75m * 8 + 0.25m * 9, Total("acme-audio", figures));
    }

    [Theory]
    [InlineData(200_000, 2, 10)]
    [InlineData(200_001, 4, 15)]
    [InlineData(500_000, 4, 15)]
    [InlineData(500_001, 6, 15)]
    public void TryPrice_PastATier_ChargesTheWholeCallAtIt(int input, int inputPrice, int outputPrice)
    {
        var figures = TestCatalogue.Figures(("input_tokens", input), ("output_tokens", 1000));
        Assert.Equal((input * (decimal)inputPrice + 1000m * outputPrice) / 1_000_000, Total("acme-tier", figures));
    }

    [Fact]
    public void TryPrice_OfTier_CountsCachedTokensTowardsItsSize()
    {
        var figures = TestCatalogue.Figures(("input_tokens", 300_000), ("cache_read_tokens", 250_000), ("output_tokens", 0));
        Assert.Equal(0.05m * 4 + 0.25m * 0.5m, Total("acme-tier", figures));
    }

    [Fact]
    public void TryPrice_PerRequest_CountsOneWhateverIsReported()
    {
        var figures = TestCatalogue.Figures(("input_tokens", 0), ("output_tokens", 0), ("web_searches", 3));
        Assert.Equal(3 * 0.01m + 0.005m, Total("acme-search", figures));
    }

    [Fact]
    public void TryPrice_PerHour_DividesLast() =>
        Assert.Equal(0.36m * 7 / 3600, Total("acme-ears", TestCatalogue.Figures(("audio_seconds", 7))));

    [Theory]
    [InlineData("cache_read_tokens", 101)]
    [InlineData("cache_write_tokens", 101)]
    public void TryPrice_OfMoreCachedThanInput_IsRefused(string part, int count) =>
        AssertRefused("acme-cache", TestCatalogue.Figures(("input_tokens", 100), (part, count)));

    [Fact]
    public void TryPrice_OfPartsThatTogetherExceedInput_IsRefused() =>
        AssertRefused("acme-cache", TestCatalogue.Figures(("input_tokens", 100), ("cache_read_tokens", 60), ("cache_write_tokens", 60)));

    [Fact]
    public void TryPrice_OfAPartWithoutItsWhole_IsRefused() => AssertRefused("acme-cache", TestCatalogue.Figures(("cache_read_tokens", 5)));

    [Fact]
    public void TryPrice_OfAnUnpricedPartWithoutItsWhole_IsRefused() => AssertRefused("acme-plain", TestCatalogue.Figures(("cache_read_tokens", 5)));

    [Fact]
    public void TryPrice_OfAPartWithoutItsWholeThatNoRateNeeds_IsPriced() =>
        Assert.Equal(0.02m, Total("acme-embed", TestCatalogue.Figures(("input_tokens", 1_000_000), ("output_reasoning_tokens", 5))));

    [Fact]
    public void TryPrice_OfOverlappingPartsWithoutTheirJointFigure_IsRefused() =>
        AssertRefused("acme-audio", TestCatalogue.Figures(("input_tokens", 100), ("cache_read_tokens", 10), ("input_audio_tokens", 10)));

    [Fact]
    public void TryPrice_OfOverlappingPartsWhoseJointFigureHasNoRate_IsPriced()
    {
        var figures = TestCatalogue.Figures(("input_tokens", 100), ("cache_read_tokens", 10), ("input_audio_tokens", 10));
        Assert.Equal((90 * 2m + 10 * 0.5m) / 1_000_000, Total("acme-cache", figures));
    }

    [Fact]
    public void TryPrice_OfZeroParts_NeedsNoWhole() => Assert.Equal(0, Total("acme-cache", TestCatalogue.Figures(("cache_read_tokens", 0))));

    [Fact]
    public void TryPrice_OfRandomFigures_LosesAndDoublesNoToken()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var names = (string[])["input_mtok", "cache_read_mtok", "cache_write_mtok", "cache_write_1h_mtok", "input_audio_mtok", "cache_audio_read_mtok"];
        for (var i = 0; i < 2_000; i++)
        {
            long uncached = random.Next(1000), read = random.Next(1000), write = random.Next(1000), hour = random.Next(1000), audio = random.Next(1000), both = random.Next(1000);
            var total = uncached + read + write + hour + audio + both;
            var figures = TestCatalogue.Figures(
                ("input_tokens", total), ("cache_read_tokens", read + both), ("cache_write_tokens", write + hour), ("cache_write_1h_tokens", hour),
                ("input_audio_tokens", audio + both), ("cache_audio_read_tokens", both));

            // At one price for everything, it cannot matter which units have rates of their own.
            var rates = names.Where(name => name == "input_mtok" || random.Next(2) == 0).ToDictionary(name => name, _ => new Rate(3));
            if (!rates.ContainsKey("cache_audio_read_mtok") && rates.ContainsKey("cache_read_mtok")) rates.Remove("input_audio_mtok");
            var block = new PriceBlock(TestCatalogue.Instance.Units, rates);
            var lines = new PricedLine[block.Count];
            Assert.True(block.TryPrice(figures, lines), $"seed {seed}, case {i}");
            Assert.Equal(total, lines.Sum(line => line.Quantity));
            Assert.Equal(total * 3m / 1_000_000, lines.Sum(line => line.Amount));
            Assert.All(lines, line => Assert.True(line.Quantity >= 0));
        }
    }

    private static decimal Total(string model, UsageFigures figures)
    {
        var block = TestCatalogue.Instance.Find("acme", model).Model!.Select(DateTime.UnixEpoch, null).Block;
        var lines = new PricedLine[block.Count];
        Assert.True(block.TryPrice(figures, lines));
        return lines.Sum(line => line.Amount);
    }

    private static void AssertRefused(string model, UsageFigures figures)
    {
        var block = TestCatalogue.Instance.Find("acme", model).Model!.Select(DateTime.UnixEpoch, null).Block;
        Assert.False(block.TryPrice(figures, new PricedLine[block.Count]));
    }
}
