using Pipeline.GatewayEdge.Tests.Forwarding;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.PainPoints;

/// <summary>Complaints of streams whose usage was lost, mangled or summed: a stream books what its plain twin books, and its caller sees what the provider meant for it.</summary>
public sealed class StreamingTests
{
    private const string Asking = """{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"x"}]}""";
    private const string NotAsking = """{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}""";
    private const string Text = """data: {"model":"m","choices":[{"index":0,"delta":{"content":"y"},"finish_reason":null}]}""" + "\n\n";
    private const string Stop = """data: {"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""" + "\n\n";
    private const string AgentLoop = """{"prompt_tokens":200000,"completion_tokens":500,"total_tokens":200500,"prompt_tokens_details":{"cached_tokens":198000}}""";
    private const string UsageChunk = """data: {"model":"m","choices":[],"usage":""" + AgentLoop + "}\n\n";
    private const string Done = "data: [DONE]\n\n";

    /// <summary>BerriAI/litellm#37923: every streamed Claude on Vertex at $0 for three days, about 830 EUR on the invoice.</summary>
    [Fact]
    public async Task StreamedClaudeOnVertex_BooksWhatItsPlainTwinBooks()
    {
        const string Publisher = "v1/projects/p/locations/global/publishers/anthropic/models/claude-sonnet-4-5@20250929:";
        const string Body = """{"anthropic_version":"vertex-2023-10-16","max_tokens":9,"messages":[]""";
        const string Input = "\"input_tokens\":4000,\"cache_read_input_tokens\":90000,\"cache_creation_input_tokens\":2000,\"cache_creation\":{\"ephemeral_5m_input_tokens\":2000,\"ephemeral_1h_input_tokens\":0}";
        var streamed = (await Traffic.OfAsync(
            "vertex", Publisher + "streamRawPredict", Body + ",\"stream\":true}",
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_vrtx_1\",\"model\":\"claude-sonnet-4-5-20250929\",\"usage\":{" + Input + ",\"output_tokens\":2}}}\n\n"
            + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":1200}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")).Event;
        var plain = (await Traffic.OfAsync(
            "vertex", Publisher + "rawPredict", Body + "}",
            "{\"id\":\"msg_vrtx_1\",\"model\":\"claude-sonnet-4-5-20250929\",\"content\":[],\"stop_reason\":\"end_turn\",\"usage\":{" + Input + ",\"output_tokens\":1200}}")).Event;
        Assert.Equal((4_000L, 90_000L, 2_000L, 1_200L), (streamed.Usage!.InputUncached, streamed.Usage.CacheRead, streamed.Usage.CacheWrite5m, streamed.Usage.OutputText));
        Assert.Equivalent(plain.Usage, streamed.Usage, strict: true);
        Assert.Equal((plain.Provider, plain.ResponseModel, UsageSource.Provider), (streamed.Provider, streamed.ResponseModel, streamed.UsageSource));
    }

    /// <summary>BerriAI/litellm#40100: streamed Azure rows with spend 0, $45.38 on one key in a week.</summary>
    [Fact]
    public async Task StreamedAzureDeployment_HasItsUsageAndItsModel()
    {
        var call = (await Traffic.OfAsync(
            "azure", "openai/deployments/chat-prod/chat/completions?api-version=2024-10-21", Asking,
            "data: {\"choices\":[],\"model\":\"\",\"prompt_filter_results\":[{\"prompt_index\":0}]}\n\n"
            + "data: {\"model\":\"gpt-4o-2024-11-20\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"y\"},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n"
            + "data: {\"model\":\"gpt-4o-2024-11-20\",\"choices\":[],\"usage\":{\"prompt_tokens\":14000,\"completion_tokens\":900,\"total_tokens\":14900,\"prompt_tokens_details\":{\"cached_tokens\":4000}}}\n\n" + Done)).Event;
        Assert.Equal(("gpt-4o-2024-11-20", 10_000L, 4_000L, 900L), (call.ResponseModel, call.Usage!.InputUncached, call.Usage.CacheRead, call.Usage.OutputText));
    }

    /// <summary>
    /// BerriAI/litellm#36168, #36083: usage on a last chunk that has choices was dropped and guessed, four times the cost. #39088 (Vercel's gateway),
    /// langfuse/langfuse#13811 (LangChain): cached details were lost on the way, up to ten times in agent loops.
    /// </summary>
    [Theory]
    [InlineData(UsageChunk)]
    [InlineData("""data: {"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":""" + AgentLoop + "}\n\n")]
    [InlineData("""data: {"model":"m","usage":""" + AgentLoop + ""","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}]}""" + "\n\n")]
    public async Task UsageOnAnyChunk_KeepsItsCachedTokens(string last)
    {
        var call = (await Traffic.OfAsync("openai", "v1/chat/completions", Asking, Text + Stop + last + Done)).Event;
        Assert.Equal((2_000L, 198_000L, 500L), (call.Usage!.InputUncached, call.Usage.CacheRead, call.Usage.OutputText));
        Assert.Equal(UsageSource.Provider, call.UsageSource);
    }

    /// <summary>helixml/helix PR#3005, lemma-work/lemma-platform PR#564: DeepSeek and Fireworks put the usage so far on every chunk, and it was summed: 193 million tokens, $138 for one run.</summary>
    [Theory]
    [InlineData("deepseek")]
    [InlineData("openai")]
    public async Task CumulativeUsage_OnEveryChunk_IsNotSummed(string api)
    {
        var chunks = Enumerable.Range(1, 400).Select(static sent =>
            $$$"""data: {"model":"m","choices":[{"index":0,"delta":{"content":"y"},"finish_reason":null}],"usage":{"prompt_tokens":1000,"completion_tokens":{{{sent}}},"total_tokens":{{{1000 + sent}}}}}""" + "\n\n");
        var call = (await Traffic.OfAsync(api, "v1/chat/completions", NotAsking, string.Concat(chunks) + Stop + Done)).Event;
        Assert.Equal((1_000L, 400L, 1_400L), (call.Usage!.InputTotal, call.Usage.OutputTotal, call.Usage.ProviderTotal));
    }

    /// <summary>
    /// BerriAI/litellm#6633, #13264, Kong/kong#14535, mozilla-ai/any-llm PR#974, Dstack-TEE/private-ai-gateway PR#80: a stream that did not ask booked
    /// no tokens. #1787: asked for in two places, it was booked twice. Portkey-AI/gateway#1338, nguyenphutrong/quotio#460, entrius/gittensor PR#1750: strict
    /// clients broke on a usage chunk that they had not asked for.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task UsageAskedForOnTheCallersBehalf_IsBookedOnceAndNotSeen(bool callerAsks)
    {
        var (reply, call) = await Traffic.OfAsync("openai", "v1/chat/completions", callerAsks ? Asking : NotAsking, Text + Stop + UsageChunk + Done, injectUsage: true);
        Assert.Equal(Text + Stop + (callerAsks ? UsageChunk : "") + Done, reply.Text);
        Assert.Equal((2_000L, 198_000L, 500L), (call.Usage!.InputUncached, call.Usage.CacheRead, call.Usage.OutputText));
        Assert.Equal(callerAsks ? UsageInjection.ClientAsked : UsageInjection.Injected, call.UsageInjection);
    }

    /// <summary>The same complaints where nothing may be asked for: the tokens are not known, which is not 0.</summary>
    [Fact]
    public async Task StreamWithoutUsage_IsNotZeroTokens()
    {
        var call = (await Traffic.OfAsync("openai", "v1/chat/completions", NotAsking, Text + Stop + Done)).Event;
        Assert.Equal((null, UsageSource.None, UsageInjection.NotConfigured, Outcome.Ok), (call.Usage, call.UsageSource, call.UsageInjection, call.Outcome));
    }
}
