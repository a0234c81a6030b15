using Pipeline.Schemas;
using Pipeline.UsageEnricher.Tests.PainPoints;

namespace Pipeline.UsageEnricher.Tests.Enriching;

/// <summary>Tokens that a provider counts outside of its totals are charged at the rates of their kind.</summary>
public sealed class BesideTheTotalTests
{
    private static readonly TokenUsage Usage = new() { InputUncached = 33, OutputText = 7_163, InputTotal = 33, OutputTotal = 7_163, ProviderTotal = 7_196 };

    [Fact]
    public void DeepResearch_PaysReasoningCitationsAndSearches()
    {
        var call = Bill.Call("perplexity", "sonar-deep-research", Usage) with
        {
            Quantities = new Dictionary<string, decimal> { ["citation_tokens"] = 21_030, ["reasoning_tokens"] = 73_411 },
            ToolCalls = new Dictionary<string, long> { ["web_search"] = 18 },
        };
        Bill.IsPricedAt((33 * 2m + 7_163 * 8m + 73_411 * 3m + 21_030 * 2m) / Bill.Million + 18 * 0.005m, Bill.Of(call));
    }
}
