using Pipeline.Schemas;
using Pipeline.UsageEnricher.Tests.Fixtures;
using Pipeline.UsageEnricher.Tests.PainPoints;

namespace Pipeline.UsageEnricher.Tests.Enriching;

public sealed class BilledPassesTests
{
    [Fact]
    public void Price_OfBilledUnits_ChargesThemAndNotTheTokensRead()
    {
        // Cohere does not charge for its chat template.
        var call = Bill.Call("cohere", "command-a-03-2025", Calls.Tokens(507, 8)) with { Billed = [Pass(Calls.Tokens(12, 8), kind: "billed_units")] };
        Bill.IsPricedAt((12 * 2.5m + 8 * 10m) / Bill.Million, Bill.Of(call));
    }

    [Fact]
    public void Price_OfPassByAnotherModel_ChargesItsRatesUnderItsKey()
    {
        var call = Bill.Call("anthropic", "claude-sonnet-4-6", Calls.Tokens(100, 10)) with
        {
            Billed = [Pass(Calls.Tokens(100, 10)), Pass(Calls.Tokens(1_000, 200), "claude-opus-4-7", "advisor_message")],
        };
        var cost = Bill.Of(call);
        Bill.IsPricedAt((100 * 3m + 10 * 15m + 1_000 * 5m + 200 * 25m) / Bill.Million, cost);
        Assert.Equal("anthropic/claude-sonnet-4-6", cost.PriceKey);
        Assert.Equal([null, null, "anthropic/claude-opus-4-7", "anthropic/claude-opus-4-7"], cost.LineItems.Select(static item => item.PriceKey));
    }

    [Fact]
    public void Price_OfPasses_DecidesTheTierOfEachAlone()
    {
        var call = Bill.Call("anthropic", "claude-sonnet-4-5", Calls.Tokens(150_000, 0)) with { Billed = [Pass(Calls.Tokens(150_000, 0)), Pass(Calls.Tokens(250_000, 0))] };
        Bill.IsPricedAt(150_000 * 3m / Bill.Million + 250_000 * 6m / Bill.Million, Bill.Of(call));
    }

    [Fact]
    public void Price_OfPassByUnknownModel_NamesTheKeyAndKeepsTheRest()
    {
        var call = Bill.Call("anthropic", "claude-opus-4-7", Calls.Tokens(100, 10)) with { Billed = [Pass(Calls.Tokens(1_000_000, 0)), Pass(Calls.Tokens(5, 5), "not-a-model")] };
        var cost = Bill.Of(call);
        Assert.Equal((CostStatus.UnpricedModel, "anthropic/not-a-model", 5m), (cost.Status, cost.PriceKey, cost.ListTotal));
        Assert.Equal("anthropic/claude-opus-4-7", Assert.Single(cost.LineItems).PriceKey);
    }

    [Fact]
    public void Price_OfQuantitiesAndTools_CountsThemOnceForAllPasses()
    {
        var call = Bill.Call("anthropic", "claude-opus-4-7", Calls.Tokens(1, 1)) with
        {
            Billed = [Pass(Calls.Tokens(0, 0)), Pass(Calls.Tokens(0, 0))], ToolCalls = new Dictionary<string, long> { ["web_search"] = 2 },
        };
        Bill.IsPricedAt(0.02m, Bill.Of(call));
        var rerank = Calls.Plain() with { ResponseModel = "acme-search", Billed = [Pass(Calls.Tokens(1_000, 0)), Pass(Calls.Tokens(1_000, 0))] };
        Assert.Equal(0.007m, Calls.Price(rerank).ListTotal); // one request at 5 of a thousand, 2,000 tokens
    }

    [Fact]
    public void Price_OfSearchUnits_PaysTheRerankRate()
    {
        var call = Bill.Call("cohere", "rerank-v3.5", null) with { Quantities = new Dictionary<string, decimal> { ["search_units"] = 3 } };
        var cost = Bill.Of(call);
        Bill.IsPricedAt(0.006m, cost);
        Assert.Equal("litellm-1.109.1", cost.CatalogueId);
    }

    [Fact]
    public void Price_OfMorePassesThanACallCanHave_IsNoAmount()
    {
        var call = Bill.Call("anthropic", "claude-opus-4-7", Calls.Tokens(1, 1)) with { Billed = [.. Enumerable.Repeat(Pass(Calls.Tokens(1, 1)), 33)] };
        Assert.Equal((CostStatus.UnpricedDimension, null), (Bill.Of(call).Status, Bill.Of(call).ListTotal));
    }

    [Theory]
    [InlineData("moderation", "openai.moderation")]
    [InlineData("count_tokens", "anthropic.count_tokens")]
    [InlineData("other", "google.countTokens")]
    public void Price_OfOperationThatNobodyCharges_IsFree(string operation, string api) =>
        Assert.Equal((CostStatus.Free, 0m), (Bill.Of(Bill.Call("openai", "m", null) with { Operation = operation, Api = api }).Status, Bill.Of(Bill.Call("openai", "m", null) with { Operation = operation, Api = api }).ListTotal));

    private static BilledUsage Pass(TokenUsage usage, string? model = null, string kind = "message") => new() { Kind = kind, Model = model, Usage = usage };
}
