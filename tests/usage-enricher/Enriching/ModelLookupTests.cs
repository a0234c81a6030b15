using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Tests.Fixtures;
using Pipeline.UsageEnricher.Tests.PainPoints;

namespace Pipeline.UsageEnricher.Tests.Enriching;

/// <summary>By which of its two names a call is priced, and how certain that is.</summary>
public sealed class ModelLookupTests
{
    private static readonly TokenUsage Turn = new() { InputUncached = 1_000_000, OutputText = 100_000, InputTotal = 1_000_000, OutputTotal = 100_000 };

    [Fact]
    public void Price_OfReplyThatTheSecondCatalogueKnows_IsTheReplys()
    {
        var cost = Bill.Of(Call("openai", "gpt-4o", "ft:gpt-4.1-2025-04-14"));
        Assert.Equal((CostStatus.Priced, "openai/ft:gpt-4.1-2025-04-14", "litellm-1.109.1"), (cost.Status, cost.PriceKey, cost.CatalogueId));
        Assert.Equal(3m + 1.2m, cost.ListTotal);
    }

    [Fact]
    public void Price_OfReplyThatNobodyKnows_IsTheRequestsAndInDoubt()
    {
        var call = Call("openai", "gpt-4o-mini", "brand-new-frontier-9");
        var cost = Bill.Of(call);
        Assert.Equal((CostStatus.Ambiguous, "openai/brand-new-frontier-9", 0.15m + 0.06m), (cost.Status, cost.PriceKey, cost.ListTotal));
        Assert.Equal(["response_model"], cost.Unpriced);
        Assert.All(cost.LineItems, static item => Assert.Equal("openai/gpt-4o-mini", item.PriceKey));
        var known = Bill.Of(call, Bill.Book("""{"provider":"openai","model":"brand-new-frontier-9","prices":[{"rates":{"input_mtok":10,"output_mtok":40}}]}"""));
        Bill.IsPricedAt(14m, known);
        Assert.Empty(known.Unpriced);
    }

    [Fact]
    public void Price_OfFreeModelWhoseReplyIsAnothers_IsNotFree()
    {
        var cost = Calls.Price(Calls.Plain(Turn) with { RequestModel = "acme-free", ResponseModel = "other" });
        Assert.Equal((CostStatus.Ambiguous, "acme/other", 0m), (cost.Status, cost.PriceKey, cost.ListTotal));
    }

    [Theory]
    [InlineData("acme-free", "acme-free-2031-08-06")]
    [InlineData("acme-free", "acme-free-0709")]
    [InlineData("acme-free", "Acme-Free-001")]
    [InlineData("acme-free", "vendor/acme-free")]
    public void Price_OfSnapshotThatNobodyKnows_IsItsModels(string asked, string replied) =>
        Assert.Equal(CostStatus.Free, Calls.Price(Calls.Plain(Turn) with { RequestModel = asked, ResponseModel = replied }).Status);

    [Theory]
    [InlineData("acme-free", "acme-free-mini")]
    [InlineData("acme-free", "ft:acme-free")]
    [InlineData("acme-free", "acme-free-2031-08-06-turbo")]
    public void Price_OfRelativeThatNobodyKnows_IsInDoubt(string asked, string replied) =>
        Assert.Equal(CostStatus.Ambiguous, Calls.Price(Calls.Plain(Calls.Tokens(7, 0)) with { RequestModel = asked, ResponseModel = replied }).Status);

    [Fact]
    public void Price_OfOtherSnapshotThanThePinnedOne_IsInDoubt()
    {
        var cost = Calls.Price(Calls.Plain(Calls.Tokens(7, 0)) with { RequestModel = "acme-dash-2025-12-11", ResponseModel = "acme-dash-2024-06-01" });
        Assert.Equal((CostStatus.Ambiguous, "acme/acme-dash-2024-06-01"), (cost.Status, cost.PriceKey));
    }

    [Theory]
    [InlineData("mistral-large-latest", "mistral-large-2411", true)]
    [InlineData("gemini-2.0-flash", "models/gemini-2.0-flash-001", true)]
    [InlineData("claude-opus-4-6@20260205", "claude-opus-4-6-20260205", true)]
    [InlineData("eu.anthropic.claude-haiku-4-5-20251001-v1%3A0", "claude-haiku-4-5-20251001", true)]
    [InlineData("openai/gpt-4o", "gpt-4o-2024-08-06", true)]
    [InlineData("deepseek-v3", "deepseek-r1", false)]
    [InlineData("gpt-4o-2024-05-13", "gpt-4o-2024-08-06", false)]
    [InlineData("meta/llama-3", "somebody/llama-3", false)]
    [InlineData("qwen3-235b", "qwen3-30b", false)]
    public void IsSameModel_OfTwoNames_TellsSnapshotsFromRelatives(string one, string other, bool isSame)
    {
        Assert.Equal(isSame, ModelName.IsSameModel(one, other));
        Assert.Equal(isSame, ModelName.IsSameModel(other, one));
    }

    [Fact]
    public void Price_OfClaudeOnBedrock_IsCertainByEitherName() =>
        Assert.Equal(CostStatus.Priced, Bill.Of(Call("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-20250929")).Status);

    [Fact]
    public void Price_OfDeploymentInTheOverrides_IsTheOperators()
    {
        var book = Bill.Book("""{"provider":"azure","model":"our-chat","prices":[{"rates":{"input_mtok":1,"output_mtok":10}}]}""");
        Bill.IsPricedAt(2m, Bill.Of(Call("azure", "our-chat", "gpt-4o-2024-11-20"), book));
        Bill.IsPricedAt(2m, Bill.Of(Call("azure", "our-chat", "brand-new-frontier-9"), book));
        Bill.IsPricedAt(2m, Bill.Of(Call("azure", "our-chat", null), book));
    }

    /// <summary>An override of a model that the lists know is that model's price, whichever of its snapshots replies, and no other model's.</summary>
    [Fact]
    public void Price_OfModelInTheOverrides_IsTheOperatorsForItsSnapshotsOnly()
    {
        var book = Bill.Book("""{"provider":"openai","model":"gpt-4o","prices":[{"rates":{"input_mtok":1,"output_mtok":10}}]}""");
        Bill.IsPricedAt(2m, Bill.Of(Call("openai", "gpt-4o", "gpt-4o-2024-08-06"), book));
        Bill.IsPricedAt(4.2m, Bill.Of(Call("openai", "gpt-4o", "ft:gpt-4.1-2025-04-14"), book));
        var doubtful = Bill.Of(Call("openai", "gpt-4o", "brand-new-frontier-9"), book);
        Assert.Equal((CostStatus.Ambiguous, 2m), (doubtful.Status, doubtful.ListTotal));
    }

    [Theory]
    [InlineData("google", "gemma-3-27b-it")]
    [InlineData("vertex", "gemma-3-27b-it")]
    [InlineData("vertex", "publishers/google/models/gemma-3-27b-it")]
    public void Price_OfNameWithoutAPrice_NamesTheKeyThatAnOverrideNeeds(string provider, string model)
    {
        var cost = Bill.Of(Call(provider, model, null));
        Assert.Equal((CostStatus.UnpricedModel, $"{provider}/gemma-3-27b-it", null), (cost.Status, cost.PriceKey, cost.ListTotal));
        var key = cost.PriceKey!;
        var slash = key.IndexOf('/');
        var book = Bill.Book($$$"""{"provider":"{{{key[..slash]}}}","model":"{{{key[(slash + 1)..]}}}","prices":[{"rates":{"input_mtok":1,"output_mtok":10}}]}""");
        Bill.IsPricedAt(2m, Bill.Of(Call(provider, model, null), book));
    }

    [Fact]
    public void Price_OfEntryWithoutRates_IsUnpriced()
    {
        var cost = Calls.Price(Calls.Plain(Turn) with { Provider = "reseller", ResponseModel = "acme-unset" });
        Assert.Equal((CostStatus.UnpricedModel, "reseller/acme-unset"), (cost.Status, cost.PriceKey));
    }

    /// <summary>The router's price is that of who serves the model, which the request's suffix tells; the reply has the server's own name for it.</summary>
    [Theory]
    [InlineData("openai/gpt-oss-120b:groq", "openai/gpt-oss-120b", "huggingface_groq/openai/gpt-oss-120b", 0.15 + 0.075)]
    [InlineData("meta-llama/Llama-3.3-70B-Instruct:groq", "llama-3.3-70b-versatile", "huggingface_groq/meta-llama/Llama-3.3-70B-Instruct", 0.59 + 0.079)]
    [InlineData("Qwen/Qwen2.5-7B-Instruct:together", null, "huggingface_together/Qwen/Qwen2.5-7B-Instruct", 0.3 + 0.03)]
    public void Price_OfRoutedCall_IsThatOfWhoServesIt(string asked, string? replied, string key, double total)
    {
        var cost = Bill.Of(Call("huggingface", asked, replied));
        Assert.Equal((CostStatus.Priced, key), (cost.Status, cost.PriceKey));
        Assert.Equal((decimal)total, cost.ListTotal);
    }

    [Theory]
    [InlineData("openai/gpt-oss-120b")]
    [InlineData("openai/gpt-oss-120b:fastest")]
    [InlineData("openai/gpt-oss-120b:not-groq-at-all")]
    [InlineData("openai/gpt-oss-120b:")]
    public void Price_OfRoutedCallThatTellsNoServer_NeedsAnOverride(string asked)
    {
        var cost = Bill.Of(Call("huggingface", asked, null));
        Assert.Equal((CostStatus.UnpricedModel, $"huggingface/{asked}"), (cost.Status, cost.PriceKey));
        var book = Bill.Book($$$"""{"provider":"huggingface","model":"{{{asked}}}","prices":[{"rates":{"input_mtok":1,"output_mtok":10}}]}""");
        Bill.IsPricedAt(2m, Bill.Of(Call("huggingface", asked, null), book));
        Bill.IsPricedAt(2m, Bill.Of(Call("huggingface", asked, "gpt-oss-120b"), book));
    }

    private static LLMUsageAudit Call(string provider, string? asked, string? replied) => Bill.Call(provider, "", Turn) with { RequestModel = asked, ResponseModel = replied };
}
