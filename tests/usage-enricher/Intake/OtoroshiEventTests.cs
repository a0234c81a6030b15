using Pipeline.Runtime.DeadLetters;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Intake;
using Pipeline.UsageEnricher.Tests.Fixtures;
using Pipeline.UsageEnricher.Tests.PainPoints;

namespace Pipeline.UsageEnricher.Tests.Intake;

/// <summary>Each fixture repeats what Otoroshi's own code writes; docs/imports.md names the classes.</summary>
public sealed class OtoroshiEventTests
{
    private const string Plain = """{"prompt_tokens":1000,"generation_tokens":250,"reasoning_tokens":-1}""";

    [Fact]
    public void Read_OfBlockingCall_TakesOverWhoWhatAndWhen()
    {
        var call = Read("openai", Plain);
        Assert.Equal((EventSource.Otoroshi, "openai", "provider_10bbc76d", "openai.other", "chat"), (call.Source, call.Provider, call.Upstream, call.Api, call.Operation));
        Assert.Equal(("gpt-4o", null, false, Outcome.Ok), (call.RequestModel, call.ResponseModel, call.Streaming, call.Outcome));
        Assert.Equal((DateTimeOffset.FromUnixTimeMilliseconds(1795262427100), 2_900_000L), (call.StartedAt, call.DurationUs));
        Assert.Equal(("acme", "search", "ann@example.test", "prod", "client-1", "llm-chat"),
            (call.Attribution.Tenant, call.Attribution.Team, call.Attribution.User, call.Attribution.Environment, call.Attribution.ApiKeyId, call.Attribution.Route));
        Assert.Equal((null, 30_000L, 29_000L), (call.RateLimit!.LimitRequests, call.RateLimit.LimitTokens, call.RateLimit.RemainingTokens));
        Assert.Equal(("1734567890123456780", 41L), (call.RequestId, call.Edge.Sequence));
        Assert.Equal("""{"prompt_tokens":1000,"generation_tokens":250,"reasoning_tokens":-1}""", call.ProviderUsage);
        Assert.Equal((8, UsageSource.Provider), (call.EventId.Version, call.UsageSource));
    }

    [Fact]
    public void Read_OfTheSameEventElsewhere_GivesTheSameId()
    {
        var again = Foreign.One(Foreign.OtoroshiTopic, Foreign.Otoroshi("openai", Plain) + " ");
        Assert.Equal(Read("openai", Plain).EventId, again.EventId);
        Assert.NotEqual(again.EventId, Read("openai", Plain, ",\"@id\":\"1734567890123456790\"").EventId);
    }

    /// <summary>gemini.scala: generationTokens = usageMetadata.totalTokenCount.</summary>
    [Fact]
    public void Read_OfGeminiTotalAsGeneratedTokens_TakesThePromptOut()
    {
        var call = Read("gemini", """{"prompt_tokens":1000,"generation_tokens":1400,"reasoning_tokens":-1}""", ",\"model\":\"gemini-2.5-flash\"");
        Assert.Equal(("google", 1000L, 400L, 1400L), (call.Provider, call.Usage!.InputTotal, call.Usage.OutputTotal, call.Usage.ProviderTotal));
        Assert.Equal((1000L, 400L, null), (call.Usage.InputUncached, call.Usage.OutputText, call.Usage.Reasoning));
        Assert.Contains(Correction.GeminiTotalAsOutput, call.Corrections);
        Assert.Equal(UsageQuality.Consistent, call.UsageQuality);
        var priced = Calls.Price(call with { Provider = "acme", RequestModel = "acme-plain" });
        Assert.Equal((CostStatus.Priced, Calls.Price(Calls.Plain(Calls.Tokens(1000, 400))).NetTotal), (priced.Status, priced.NetTotal));
    }

    [Fact]
    public void Read_OfGeminiFiguresThatCannotBeATotal_LeavesThem()
    {
        var less = Read("gemini", """{"prompt_tokens":1000,"generation_tokens":400}""");
        Assert.Equal((400L, null), (less.Usage!.OutputTotal, less.Usage.ProviderTotal));
        Assert.DoesNotContain(Correction.GeminiTotalAsOutput, less.Corrections);
        var options = new IntakeOptions { OtoroshiTopic = Foreign.OtoroshiTopic, GeminiReportsTotal = false };
        Assert.Equal(1400, Foreign.One(Foreign.OtoroshiTopic, Foreign.Otoroshi("gemini", """{"prompt_tokens":1000,"generation_tokens":1400}"""), options).Usage!.OutputTotal);
    }

    /// <summary>costs.scala: outputTokens and reasoningTokens are both charged, the second is in the first.</summary>
    [Theory]
    [InlineData("openai", "openai")]
    [InlineData("AzureOpenAi", "azure")]
    [InlineData("mistral", "mistral")]
    public void Read_OfReasoning_CountsItOnce(string kind, string provider)
    {
        var call = Read(kind, """{"prompt_tokens":100,"generation_tokens":900,"reasoning_tokens":700}""");
        Assert.Equal((provider, 900L, 200L, 700L), (call.Provider, call.Usage!.OutputTotal, call.Usage.OutputText, call.Usage.Reasoning));
        Assert.Contains(Correction.ReasoningChargedTwice, call.Corrections);
    }

    /// <summary>xAI's completion tokens are those beside reasoning; in its Responses API they hold it.</summary>
    [Fact]
    public void Read_OfXaiReasoning_AddsItToChatOnly()
    {
        const string usage = """{"prompt_tokens":100,"generation_tokens":200,"reasoning_tokens":700}""";
        var chat = Read("x-ai", usage);
        Assert.Equal(("xai", 900L, 200L, 700L), (chat.Provider, chat.Usage!.OutputTotal, chat.Usage.OutputText, chat.Usage.Reasoning));
        Assert.Contains(Correction.ReasoningAdded, chat.Corrections);
        var responses = Read("x-ai", usage.Replace("700", "150"), ",\"consumed_using\":\"responses/streaming\"");
        Assert.Equal((200L, 50L, true, "chat"), (responses.Usage!.OutputTotal, responses.Usage.OutputText, responses.Streaming, responses.Operation));
    }

    /// <summary>Every client: asOpt[Long].getOrElse(-1L).</summary>
    [Theory]
    [InlineData("""{"prompt_tokens":-1,"generation_tokens":-1,"reasoning_tokens":-1}""")]
    [InlineData("""{"prompt_tokens":-1,"generation_tokens":-1}""")]
    public void Read_OfMinusOnes_IsNoUsageAndNeverMoney(string usage)
    {
        var call = Read("openai", usage);
        Assert.Equal((null, UsageSource.None), (call.Usage, call.UsageSource));
        Assert.Equal([Correction.MinusOneUnknown], call.Corrections);
        Assert.Equal((CostStatus.UsageMissing, null), (Calls.Price(call).Status, Calls.Price(call).NetTotal));
    }

    /// <summary>The side that is known is priced, and never as if it were the whole.</summary>
    [Theory]
    [InlineData("openai", """{"prompt_tokens":100000,"generation_tokens":-1}""", 0.25)]
    [InlineData("openai", """{"prompt_tokens":-1,"generation_tokens":100000}""", 1)]
    [InlineData("anthropic", """{"prompt_tokens":100000,"generation_tokens":0}""", 0.5)]
    public void Read_OfUsageThatIsHalfKnown_IsPartialAndNotPricedAsWhole(string kind, string usage, double known)
    {
        var call = Read(kind, usage, kind == "anthropic" ? ",\"model\":\"claude-opus-4-7\"" : "");
        var cost = Bill.Of(call);
        Assert.Equal((UsageSource.Partial, CostStatus.Ambiguous, (decimal?)known), (call.UsageSource, cost.Status, cost.ListTotal));
    }

    [Theory]
    [InlineData("""{"prompt_tokens":100000,"generation_tokens":0}""", "")]
    [InlineData("""{"prompt_tokens":100000,"total_tokens":100000}""", "")]
    [InlineData("""{"prompt_tokens":100000,"generation_tokens":-1}""", ",\"consumed_using\":\"embedding_model/embedding/blocking\",\"model\":\"text-embedding-3-small\"")]
    public void Read_OfUsageWithOneSideOnly_IsWholeWhereTheOtherIsNone(string usage, string more)
    {
        var call = Read("openai", usage, more);
        Assert.Equal((UsageSource.Provider, CostStatus.Priced), (call.UsageSource, Bill.Of(call).Status));
    }

    [Fact]
    public void Read_OfOneMinusOne_LeavesThatCountUnknown()
    {
        var call = Read("openai", """{"prompt_tokens":-1,"generation_tokens":250,"reasoning_tokens":-1}""");
        Assert.Equal((null, null, 250L), (call.Usage!.InputTotal, call.Usage.InputUncached, call.Usage.OutputText));
    }

    /// <summary>anthropic.scala reads usage.input_tokens, which holds no cached tokens, and drops those.</summary>
    [Fact]
    public void Read_OfAnthropic_DoesNotClaimTheWholeInput()
    {
        var call = Read("anthropic", Plain);
        Assert.Equal((1000L, null, 250L), (call.Usage!.InputUncached, call.Usage.InputTotal, call.Usage.OutputTotal));
        Assert.Contains(Correction.CacheNotTold, call.Corrections);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("null")]
    public void Read_OfDurationThatWasNotTold_StartsWhenItEnded(string duration)
    {
        var call = Read("openai", Plain, $",\"duration\":{duration}");
        Assert.Equal((0L, DateTimeOffset.FromUnixTimeMilliseconds(1795262430000)), (call.DurationUs, call.StartedAt));
        Assert.Contains(Correction.DurationNotTold, call.Corrections);
    }

    [Fact]
    public void Read_OfFailedCall_KeepsItsKindAndNotItsWords()
    {
        var limited = Read("openai", "null", ",\"usage\":null,\"output\":null,\"error\":{\"status\":429,\"error\":{\"message\":\"canary-error\",\"type\":\"tokens\"}}");
        Assert.Equal((Outcome.RateLimited, "tokens", 429, null), (limited.Outcome, limited.ErrorType, limited.StatusCode, limited.Usage));
        var thrown = Read("openai", "null", ",\"usage\":null,\"output\":null,\"error\":{\"exception\":\"canary-error said the provider\"}");
        Assert.Equal((Outcome.UpstreamError, null, null), (thrown.Outcome, thrown.ErrorType, thrown.StatusCode));
    }

    [Fact]
    public void Read_OfStream_TakesTheModelOfItsChunks()
    {
        var call = Read("openai", Plain, ",\"consumed_using\":\"chat/completion/streaming\",\"output_stream\":[{\"id\":\"c\",\"model\":\"gpt-4o-2024-08-06\",\"choices\":[]}]");
        Assert.Equal((true, "gpt-4o", "gpt-4o-2024-08-06"), (call.Streaming, call.RequestModel, call.ResponseModel));
    }

    [Theory]
    [InlineData("embedding_model/embedding", "embeddings")]
    [InlineData("audio_model/stt", "transcription")]
    [InlineData("image_model/edit", "image_edit")]
    [InlineData("completion/blocking", "text_completion")]
    [InlineData("something/new", "other")]
    public void Read_OfConsumedUsing_NamesTheOperation(string consumedUsing, string operation) =>
        Assert.Equal(operation, Read("openai", Plain, $",\"consumed_using\":\"{consumedUsing}\"").Operation);

    [Fact]
    public void Read_OfEmbedding_TakesTheOutputsUsage()
    {
        var call = Read("openai", "null", ",\"usage\":null,\"consumed_using\":\"embedding_model/embedding\",\"output\":{\"object\":\"list\",\"model\":\"text-embedding-3-small\",\"usage\":{\"prompt_tokens\":8,\"total_tokens\":8}}");
        Assert.Equal(("text-embedding-3-small", 8L, null, UsageQuality.Consistent), (call.ResponseModel, call.Usage!.InputTotal, call.Usage.OutputTotal, call.UsageQuality));
    }

    [Fact]
    public void Read_OfTextsThatBreakTheRules_LeavesThemOut()
    {
        var call = Read("openai", Plain, ",\"model\":\"a model with words\",\"request_id\":\"two words\",\"@env\":\"a\\u0000b\",\"provider\":\"\\ud800\",\"user\":{\"email\":\"" + new string('x', 200) + "\"}");
        Assert.Equal((null, call.EventId.ToString(), null, null), (call.RequestModel, call.RequestId, call.Attribution.Environment, call.Attribution.User));
        Assert.Equal("provider_10bbc76d", call.Upstream);
    }

    [Theory]
    [InlineData(",\"audit\":\"McpAudit\"")]
    [InlineData(",\"audit\":null")]
    [InlineData(",\"output\":{\"metadata\":{\"cache\":{\"status\":\"Hit\",\"key\":\"k\"}}}")]
    public void Read_OfWhatIsNoCallOfAProvider_BooksNothing(string more)
    {
        var (calls, dead) = Foreign.Read(Foreign.OtoroshiTopic, Foreign.Otoroshi("openai", Plain, more));
        Assert.Empty(calls);
        Assert.Empty(dead);
    }

    [Theory]
    [InlineData("canary {", DeadLetterReason.Malformed)]
    [InlineData("", DeadLetterReason.Malformed)]
    [InlineData("""{"audit":"LLMUsageAudit","@timestamp":1,"provider_kind":"openai"}""", DeadLetterReason.InvalidRecord)]
    [InlineData("""{"audit":"LLMUsageAudit","@id":"1","provider_kind":"openai"}""", DeadLetterReason.InvalidRecord)]
    [InlineData("""{"audit":"LLMUsageAudit","@id":"1","@timestamp":1}""", DeadLetterReason.InvalidRecord)]
    public void Read_OfEventThatCannotBeBooked_BuriesIt(string json, DeadLetterReason reason)
    {
        var (calls, dead) = Foreign.Read(Foreign.OtoroshiTopic, json);
        Assert.Empty(calls);
        Assert.Equal(reason, Assert.Single(dead).Reason);
        Assert.DoesNotContain("canary", dead[0].Message);
    }

    private static LLMUsageAudit Read(string kind, string usage, string more = "") => Foreign.One(Foreign.OtoroshiTopic, Foreign.Otoroshi(kind, usage, more));
}
