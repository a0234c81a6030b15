using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Pricing.Books;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.PainPoints;

/// <summary>What the product charges for a call by the prices that it carries. Figures in the tests are worked out by hand from the provider's price list.</summary>
internal static class Bill
{
    public const decimal Million = 1_000_000;

    public static LLMUsageAudit Call(string provider, string model, TokenUsage? usage) =>
        Calls.Plain(usage) with { Provider = provider, Upstream = provider, RequestModel = model, ResponseModel = model };

    public static Cost Of(LLMUsageAudit call) => new CallPricer(PriceBook.Product).Price(call, call.StartedAt);

    public static Cost Of(LLMUsageAudit call, PriceBook book) => new CallPricer(book).Price(call, call.StartedAt);

    /// <summary>A book of the product's catalogues with the operator's own lines.</summary>
    public static PriceBook Book(string overrides = "", string contracts = "")
    {
        var folder = Directory.CreateTempSubdirectory("price-book-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "overrides.jsonl"), overrides);
            File.WriteAllText(Path.Combine(folder, "contracts.jsonl"), contracts);
            return PriceBookFiles.Read(new PriceFiles(Overrides: Path.Combine(folder, "overrides.jsonl"), Contracts: Path.Combine(folder, "contracts.jsonl")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static void IsPricedAt(decimal total, Cost cost)
    {
        Assert.Equal((CostStatus.Priced, (decimal?)total), (cost.Status, cost.ListTotal));
        Assert.Equal(cost.ListTotal, cost.LineItems.Sum(static item => item.Amount));
    }
}
