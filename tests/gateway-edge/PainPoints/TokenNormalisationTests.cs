using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.PainPoints;

/// <summary>
/// Complaints of "is cached inside input or not?", as the providers send them: each token is in one part of the vector and the parts make
/// the provider's total. What these vectors cost is asserted under the same names in the enricher's tests.
/// </summary>
public sealed class TokenNormalisationTests
{
    private const string ChatRequest = """{"model":"m","messages":[{"role":"user","content":"x"}]}""";
    private const string GeminiRequest = """{"contents":[{"parts":[{"text":"x"}]}]}""";

    /// <summary>BerriAI/litellm#14849: of 262,960 prompt tokens 257,955 came from the cache and were charged in full and again, $0.7642.</summary>
    [Fact]
    public async Task GeminiCacheHits_OfALargePrompt_LeaveThePrompt()
    {
        var call = (await Traffic.OfAsync(
            "google", "v1beta/models/gemini-2.5-pro:generateContent", GeminiRequest,
            """{"candidates":[{"content":{"parts":[{"text":"y"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":262960,"cachedContentTokenCount":257955,"candidatesTokenCount":1744,"totalTokenCount":264704},"modelVersion":"gemini-2.5-pro"}""")).Event;
        AssertVector(call, new TokenUsage { InputUncached = 5_005, CacheRead = 257_955, OutputText = 1_744, InputTotal = 262_960, OutputTotal = 1_744, ProviderTotal = 264_704 });
    }

    /// <summary>BerriAI/litellm#9812: cache writes stand beside the input, and were charged as input as well, $0.0913 in place of $0.0544.</summary>
    [Fact]
    public async Task AnthropicCacheWrites_OfAFirstTurn_AreNotInputAsWell()
    {
        var call = (await MessagesAsync("""{"input_tokens":3,"cache_creation_input_tokens":12304,"cache_read_input_tokens":0,"output_tokens":550}""")).Event;
        AssertVector(call, new TokenUsage { InputUncached = 3, CacheWrite = 12_304, CacheRead = 0, OutputText = 550, InputTotal = 12_307, OutputTotal = 550 });
    }

    /// <summary>langfuse/claude-observability-plugin#34: writes that live for an hour were priced as those of five minutes, a quarter too little.</summary>
    [Fact]
    public async Task HourLongCacheWrites_AreApartFromTheShortOnes()
    {
        var call = (await MessagesAsync("""{"input_tokens":10,"cache_creation_input_tokens":50000,"cache_creation":{"ephemeral_5m_input_tokens":1000,"ephemeral_1h_input_tokens":49000},"cache_read_input_tokens":0,"output_tokens":20}""")).Event;
        Assert.Equal((10L, 1_000L, 49_000L, 0L, 50_010L), (call.Usage!.InputUncached, call.Usage.CacheWrite5m, call.Usage.CacheWrite1h, call.Usage.CacheWrite, call.Usage.InputTotal));
        Assert.Equal(UsageQuality.Consistent, call.UsageQuality);
    }

    /// <summary>BerriAI/litellm#6215 (OpenAI), #14874 (xAI), maximhq/bifrost#904 ($1.68 in place of $0.34): cached tokens stand inside the prompt count.</summary>
    [Theory]
    [InlineData("openai")]
    [InlineData("xai")]
    public async Task CachedTokens_InsideThePromptCount_LeaveIt(string api)
    {
        var call = (await Traffic.OfAsync(
            api, "v1/chat/completions", ChatRequest,
            """{"model":"m","choices":[{"index":0,"message":{"content":"y"},"finish_reason":"stop"}],"usage":{"prompt_tokens":8840,"completion_tokens":200,"total_tokens":9040,"prompt_tokens_details":{"cached_tokens":7200}}}""")).Event;
        AssertVector(call, new TokenUsage { InputUncached = 1_640, CacheRead = 7_200, OutputText = 200, InputTotal = 8_840, OutputTotal = 200, ProviderTotal = 9_040 });
    }

    /// <summary>Arize-ai/phoenix#13379: a user disputes the cached share. It is what the provider said, its own words stand beside it, and the parts make the total.</summary>
    [Fact]
    public async Task CachedShare_CanBeCheckedAgainstTheProvidersWords()
    {
        const string Usage = """{"input_tokens":120,"cache_creation_input_tokens":880,"cache_read_input_tokens":99000,"output_tokens":400}""";
        var call = (await MessagesAsync(Usage)).Event;
        Assert.Equal((99_000L, 100_000L), (call.Usage!.CacheRead, call.Usage.InputTotal));
        Assert.Equal(call.Usage.InputTotal, call.Usage.InputUncached + call.Usage.CacheRead + call.Usage.CacheWrite);
        Assert.Equal(Usage, call.ProviderUsage);
    }

    /// <summary>BerriAI/litellm#42663: of a streamed turn with web searches only the first pass's cache writes were split by time to live, 20 to 60 % too little.</summary>
    [Fact]
    public async Task SearchTurn_OfSeveralPasses_BooksEveryPassWithItsOwnTimesToLive()
    {
        var call = (await Traffic.OfAsync(
            "anthropic", "v1/messages", """{"model":"claude-opus-4-7","stream":true,"max_tokens":9,"messages":[]}""",
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"claude-opus-4-7\",\"usage\":{\"input_tokens\":20,\"cache_creation_input_tokens\":5000,\"cache_creation\":{\"ephemeral_5m_input_tokens\":1000,\"ephemeral_1h_input_tokens\":4000},\"cache_read_input_tokens\":0,\"output_tokens\":1}}}\n\n"
            + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"input_tokens\":28,\"cache_creation_input_tokens\":35000,\"cache_read_input_tokens\":5000,\"output_tokens\":850,\"server_tool_use\":{\"web_search_requests\":3},\"iterations\":["
            + "{\"type\":\"message\",\"input_tokens\":20,\"cache_creation_input_tokens\":5000,\"cache_creation\":{\"ephemeral_5m_input_tokens\":1000,\"ephemeral_1h_input_tokens\":4000},\"cache_read_input_tokens\":0,\"output_tokens\":150},"
            + "{\"type\":\"message\",\"input_tokens\":8,\"cache_creation_input_tokens\":30000,\"cache_creation\":{\"ephemeral_5m_input_tokens\":0,\"ephemeral_1h_input_tokens\":30000},\"cache_read_input_tokens\":5000,\"output_tokens\":700}]}}\n\n"
            + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")).Event;
        Assert.Equal([(20L, 1_000L, 4_000L, 150L), (8L, 0L, 30_000L, 700L)], call.Billed.Select(static pass => (pass.Usage.InputUncached!.Value, pass.Usage.CacheWrite5m!.Value, pass.Usage.CacheWrite1h!.Value, pass.Usage.OutputText!.Value)));
        Assert.Equal(3, call.ToolCalls["web_search"]);
    }

    /// <summary>langfuse/langfuse#12306, #10592: OpenRouter's input held the cached tokens and both were counted, about twice the cost. Arize-ai/openinference#1331: a token count in a dollar field. The provider's own cost has a field of its own.</summary>
    [Fact]
    public async Task OpenRouterReply_CountsInputOnceAndKeepsItsCostApart()
    {
        var call = (await Traffic.OfAsync(
            "openrouter", "api/v1/chat/completions", ChatRequest,
            """{"model":"anthropic/claude-sonnet-4.5","choices":[{"index":0,"message":{"content":"y"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10000,"completion_tokens":500,"total_tokens":10500,"cost":0.0132,"prompt_tokens_details":{"cached_tokens":9000}}}""")).Event;
        AssertVector(call, new TokenUsage { InputUncached = 1_000, CacheRead = 9_000, OutputText = 500, InputTotal = 10_000, OutputTotal = 500, ProviderTotal = 10_500 });
        Assert.Equal(0.0132m, call.ProviderReportedCost);
    }

    /// <summary>langfuse/langfuse#16321, vercel/ai#6082, QuantumNous/new-api#1014, jain-aanchal/ai-tally#376: thoughts stand beside the candidates and were dropped, up to 98 % of the output.</summary>
    [Fact]
    public async Task GeminiThoughts_AreOutput()
    {
        var call = (await Traffic.OfAsync(
            "google", "v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", GeminiRequest,
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"y\"}]}}],\"usageMetadata\":{\"promptTokenCount\":50,\"thoughtsTokenCount\":1200,\"totalTokenCount\":1250},\"modelVersion\":\"gemini-2.5-flash\"}\n\n"
            + "data: {\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":50,\"candidatesTokenCount\":40,\"thoughtsTokenCount\":1960,\"totalTokenCount\":2050},\"modelVersion\":\"gemini-2.5-flash\"}\n\n")).Event;
        AssertVector(call, new TokenUsage { InputUncached = 50, OutputText = 40, Reasoning = 1_960, InputTotal = 50, OutputTotal = 2_000, ProviderTotal = 2_050 });
    }

    /// <summary>Otoroshi's code: reasoning is inside the output of OpenAI's responses and was charged again.</summary>
    [Fact]
    public async Task ReasoningInsideTheOutput_IsAPartOfIt()
    {
        var call = (await Traffic.OfAsync(
            "openai", "v1/responses", """{"model":"o4-mini","input":"x"}""",
            """{"id":"resp_1","object":"response","status":"completed","model":"o4-mini","output":[],"usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":0},"output_tokens":900,"output_tokens_details":{"reasoning_tokens":832},"total_tokens":1000}}""")).Event;
        AssertVector(call, new TokenUsage { InputUncached = 100, CacheRead = 0, OutputText = 68, Reasoning = 832, InputTotal = 100, OutputTotal = 900, ProviderTotal = 1_000 });
    }

    /// <summary>Otoroshi's code: an unknown usage is -1 and makes a negative cost. Here it is no figure at all, and figures that do not add up say so.</summary>
    [Theory]
    [InlineData("""{"prompt_tokens":-1,"completion_tokens":-1,"total_tokens":-1}""", UsageQuality.Inconsistent)]
    [InlineData("""{"prompt_tokens":100,"completion_tokens":20,"total_tokens":500,"prompt_tokens_details":{"cached_tokens":400}}""", UsageQuality.Inconsistent)]
    public async Task ImpossibleFigures_AreSaidToBe(string usage, UsageQuality quality)
    {
        var call = (await Traffic.OfAsync("openai", "v1/chat/completions", ChatRequest, $$"""{"model":"m","choices":[{"index":0,"message":{"content":"y"},"finish_reason":"stop"}],"usage":{{usage}}}""")).Event;
        Assert.Equal((quality, usage), (call.UsageQuality, call.ProviderUsage));
        Assert.False(call.Usage is { InputTotal: < 0 } or { OutputTotal: < 0 } or { InputUncached: < 0 } or { OutputText: < 0 });
    }

    private static Task<Traffic> MessagesAsync(string usage) => Traffic.OfAsync(
        "anthropic", "v1/messages", """{"model":"claude-sonnet-4-5","max_tokens":9,"messages":[]}""",
        $$"""{"id":"msg_1","type":"message","model":"claude-sonnet-4-5-20250929","content":[],"stop_reason":"end_turn","usage":{{usage}}}""");

    private static void AssertVector(LLMUsageAudit call, TokenUsage expected)
    {
        Assert.Equivalent(expected with { CachedReported = call.Usage!.CachedReported }, call.Usage, strict: true);
        Assert.Equal((UsageSource.Provider, UsageQuality.Consistent), (call.UsageSource, call.UsageQuality));
    }
}
