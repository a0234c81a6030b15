using System.Globalization;
using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Pricing;

public sealed class PriceSelectionTests
{
    [Theory]
    [InlineData("2020-01-01T00:00:00", 1)] // none holds: the first
    [InlineData("2026-03-01T00:00:00", 1)]
    [InlineData("2026-05-31T23:59:59", 1)]
    [InlineData("2026-06-01T00:00:00", 2)]
    [InlineData("2026-08-31T23:00:00", 2)]
    [InlineData("2026-09-01T21:59:59", 2)]
    [InlineData("2026-09-01T22:00:00", 3)]
    [InlineData("2026-09-02T01:59:59", 3)]
    [InlineData("2026-09-02T02:00:00", 2)]
    public void Select_OfDatedRates_TakesTheLastThatHolds(string at, int expected) =>
        Assert.Equal(expected, Select("acme-dated", at).Block.Rates["input_mtok"].Base);

    [Theory]
    [InlineData("2026-05-31T23:59:59", 1, false)]
    [InlineData("2026-06-01T00:00:00", 0.5, true)]
    public void Select_OfVariant_HoldsFromItsStart(string at, double expected, bool isNamed)
    {
        var selection = Select("acme-dated", at, ("processing", "batch"));
        Assert.Equal((decimal)expected, selection.Block.Rates["input_mtok"].Base);
        Assert.Equal(isNamed, selection.Covered != ServiceKeys.None);
    }

    [Fact]
    public void Select_OfVariants_TakesEachRateFromTheFirstThatHasIt()
    {
        var rates = Select("acme-variants", "2026-01-01T00:00:00", ("service_tier", "flex")).Block.Rates;
        Assert.Equal((1m, 4m, 5m), (rates["input_mtok"].Base, rates["output_mtok"].Base, rates["requests_kcount"].Base));
    }

    [Fact]
    public void Select_OfVariantWithTwoConditions_NeedsBoth()
    {
        var both = Select("acme-variants", "2026-01-01T00:00:00", ("service_tier", "flex"), ("speed", "fast")).Block.Rates;
        var one = Select("acme-variants", "2026-01-01T00:00:00", ("speed", "fast")).Block.Rates;
        Assert.Equal((9m, 5m), (both["requests_kcount"].Base, one["requests_kcount"].Base));
    }

    [Theory]
    [InlineData("default", true)]
    [InlineData("Flex", false)]
    [InlineData("nonsense", false)]
    public void Select_OfVariantWithoutRates_KeepsTheStandardPrice(string tier, bool isNamed)
    {
        var selection = Select("acme-variants", "2026-01-01T00:00:00", ("service_tier", tier));
        Assert.Equal(2m, selection.Block.Rates["input_mtok"].Base);
        Assert.Equal(isNamed, selection.Covered != ServiceKeys.None);
    }

    [Theory]
    [InlineData("08:00:00", "16:00:00", "07:59:59.9999999", false)]
    [InlineData("08:00:00", "16:00:00", "08:00:00", true)]
    [InlineData("08:00:00", "16:00:00", "16:00:00", false)]
    [InlineData("22:00:00", "02:00:00", "00:00:00", true)]
    [InlineData("22:00:00", "02:00:00", "12:00:00", false)]
    [InlineData("12:00:00", "12:00:00", "12:00:00", false)]
    public void Holds_AtTimeOfDay_IncludesTheStartOnly(string start, string end, string time, bool expected)
    {
        var period = new EffectivePeriod(null, Time(start), Time(end));
        Assert.Equal(expected, period.Holds(new DateTime(2026, 5, 5, 0, 0, 0, DateTimeKind.Utc) + Time(time)));
    }

    [Theory]
    [InlineData("2026-11-20", true)] // a Friday
    [InlineData("2026-11-21", false)]
    [InlineData("2026-11-22", true)]
    public void Holds_OnDaysOfTheWeek_CountsMondayAsTheFirst(string day, bool expected) =>
        Assert.Equal(expected, new EffectivePeriod(null, null, null, [5, 7]).Holds(DateTime.Parse(day, CultureInfo.InvariantCulture)));

    private static TimeSpan Time(string text) => TimeSpan.Parse(text, CultureInfo.InvariantCulture);

    private static PriceSelection Select(string model, string at, params (string Key, string Value)[] context) =>
        TestCatalogue.Instance.Find("acme", model).Model!.Select(
            DateTime.Parse(at, CultureInfo.InvariantCulture), context.ToDictionary(member => member.Key, member => member.Value));
}
