using System.Globalization;
using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Tests.PainPoints;

/// <summary>Complaints of prices that cannot be put right afterwards. Writing the new revisions is `reprice`; here: the same call priced again.</summary>
public sealed class RepricingTests
{
    private static readonly TokenUsage Turn = new() { InputUncached = 1_000_000, OutputText = 0, InputTotal = 1_000_000, OutputTotal = 0 };

    /// <summary>langfuse/langfuse#12184: a start date in the past did not re-cost old data. A price holds by the day of the call, whenever it is worked out.</summary>
    [Theory]
    [InlineData("2026-11-09T23:59:59Z", 2)]
    [InlineData("2026-11-10T00:00:00Z", 1.5)]
    [InlineData("2026-11-20T12:00:00Z", 1.5)]
    public void PriceWithAStartInThePast_HoldsForCallsFromThatDay(string at, double total)
    {
        var book = Bill.Book("""{"provider":"acme","model":"house-model","prices":[{"rates":{"input_mtok":2}},{"from":"2026-11-10","rates":{"input_mtok":1.5}}]}""");
        Bill.IsPricedAt((decimal)total, Bill.Of(Bill.Call("acme", "house-model", Turn) with { StartedAt = DateTimeOffset.Parse(at, CultureInfo.InvariantCulture) }, book));
    }

    /// <summary>PostHog/posthog#32189 "not fixed retroactively": o3 cost five times as much before 10 June 2025, and still does for calls of that time.</summary>
    [Theory]
    [InlineData("2025-06-09T23:59:59Z", 10)]
    [InlineData("2025-06-10T00:00:00Z", 2)]
    public void OldCall_PaysThePriceOfItsDay(string at, double total) =>
        Bill.IsPricedAt((decimal)total, Bill.Of(Bill.Call("openai", "o3", Turn) with { StartedAt = DateTimeOffset.Parse(at, CultureInfo.InvariantCulture) }));

    /// <summary>maximhq/bifrost#836: costs that were N/A could not be computed later.</summary>
    [Fact]
    public void CallWithoutAPrice_HasOneOnceTheBookHas()
    {
        var call = Bill.Call("acme", "house-model", Turn);
        var (before, after) = (Bill.Of(call), Bill.Of(call, Bill.Book("""{"provider":"acme","model":"house-model","prices":[{"rates":{"input_mtok":2}}]}""")));
        Assert.Equal((CostStatus.UnpricedModel, CostStatus.Priced, 2m), (before.Status, after.Status, after.ListTotal));
        Assert.NotEqual(before.PriceBook, after.PriceBook);
    }

    /// <summary>The same call and the same book give the same cost to the last digit, so that a difference is the book's.</summary>
    [Fact]
    public void CallPricedTwice_CostsTheSame()
    {
        var call = Bill.Call("openai", "gpt-4o", Turn);
        Assert.Equivalent(Bill.Of(call), Bill.Of(call), strict: true);
    }
}
