using Pipeline.GatewayEdge.Metering;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>The many names under which hosts tell one figure, each on the smallest reply that has it.</summary>
public sealed class UsageNamesTests
{
    /// <summary>In the details; DeepSeek's older streams; Together; Mistral's older replies.</summary>
    [Theory]
    [InlineData("\"prompt_tokens_details\":{\"cached_tokens\":60}")]
    [InlineData("\"prompt_cache_hit_tokens\":60,\"prompt_cache_miss_tokens\":40")]
    [InlineData("\"cached_tokens\":60")]
    [InlineData("\"num_cached_tokens\":60")]
    public void Chat_CachedTokens_UnderAnyName(string member)
    {
        var usage = Chat($$"""{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,{{member}}}""").Usage!;
        Assert.Equal((40L, 60L, 100L), (usage.InputUncached, usage.CacheRead, usage.InputTotal));
    }

    /// <summary>OpenRouter in USD, Perplexity in an object, xAI in ticks of 1e-10 USD.</summary>
    [Theory]
    [InlineData("\"cost\":0.0025")]
    [InlineData("\"cost\":{\"input_tokens_cost\":0.001,\"total_cost\":0.0025}")]
    [InlineData("\"cost_in_usd_ticks\":25000000")]
    public void Chat_CostOfTheHost_UnderAnyName(string member) =>
        Assert.Equal(0.0025m, Chat($$"""{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2,{{member}}}""").ProviderReportedCost);

    [Fact]
    public void Chat_NegativeCounts_AreNoCounts()
    {
        var reply = Chat("""{"prompt_tokens":100,"completion_tokens":-3,"total_tokens":-1,"prompt_tokens_details":{"cached_tokens":-2}}""");
        Assert.Equal((100L, null, null, null), (reply.Usage!.InputTotal, reply.Usage.OutputTotal, reply.Usage.ProviderTotal, reply.Usage.CachedReported));
        Assert.Equal(UsageQuality.Inconsistent, reply.UsageQuality);
    }

    /// <summary>By name, in small letters, and as the numbers that clients with enum-encoding=int get.</summary>
    [Theory]
    [InlineData("\"AUDIO\"", "\"IMAGE\"", "\"VIDEO\"")]
    [InlineData("\"audio\"", "\"document\"", "\"video\"")]
    [InlineData("4", "2", "3")]
    [InlineData("4", "5", "3")]
    public void Gemini_Modalities_UnderAnyName(string audio, string image, string video)
    {
        var usage = Meter(
            GoogleApis.GenerateContent,
            $$$"""{"usageMetadata":{"promptTokenCount":100,"candidatesTokenCount":7,"totalTokenCount":107,"promptTokensDetails":[{"modality":{{{audio}}},"tokenCount":30},{"modality":{{{image}}},"tokenCount":20},{"modality":{{{video}}},"tokenCount":10}],"candidatesTokensDetails":[{"modality":{{{audio}}},"tokenCount":4}]}}""").Usage!;
        Assert.Equal((40L, 30L, 20L, 10L), (usage.InputUncached, usage.InputAudio, usage.InputImage, usage.InputVideo));
        Assert.Equal((3L, 4L), (usage.OutputText, usage.OutputAudio));
    }

    [Theory]
    [InlineData("promptTokensDetails")]
    [InlineData("promptTokenDetails")]
    public void GeminiEmbeddings_Modalities_UnderBothSpellings(string list)
    {
        var usage = Meter(
            GoogleApis.EmbedContent,
            $$$"""{"embedding":{"values":[0.1]},"usageMetadata":{"promptTokenCount":258,"totalTokenCount":258,"{{{list}}}":[{"modality":"IMAGE","tokenCount":258}]}}""").Usage!;
        Assert.Equal((0L, 258L), (usage.InputUncached, usage.InputImage));
    }

    [Fact]
    public void Gemini_ChunkThatOnlyTellsTheTraffic_WipesOutNoCounts()
    {
        var usage = Meter(
            GoogleApis.StreamGenerateContent,
            "data: {\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":5,\"candidatesTokenCount\":3,\"totalTokenCount\":8}}\n\n"
            + "data: {\"candidates\":[],\"usageMetadata\":{\"trafficType\":\"ON_DEMAND\"}}\n\n").Usage!;
        Assert.Equal((5L, 3L), (usage.InputTotal, usage.OutputTotal));
    }

    [Theory]
    [InlineData("\"is_finished\":true,")]
    [InlineData("\"event_type\":\"stream-end\",")]
    public void CohereV1_LastLine_CompletesTheStream(string mark)
    {
        var reply = Meter(
            CohereApis.Chat,
            "{\"is_finished\":false,\"event_type\":\"text-generation\",\"text\":\"Hum\"}\n"
            + "{" + mark + "\"finish_reason\":\"COMPLETE\",\"response\":{\"meta\":{\"billed_units\":{\"input_tokens\":2,\"output_tokens\":1},\"tokens\":{\"input_tokens\":7,\"output_tokens\":1}}}}\n");
        Assert.Equal((true, 7L, UsageSource.Provider), (reply.IsComplete, reply.Usage!.InputTotal, reply.UsageSource));
    }

    [Fact]
    public void Invoke_ResultsOfTitan_AreAddedUp()
    {
        var usage = Meter(BedrockApis.Invoke, """{"inputTextTokenCount":5,"results":[{"tokenCount":3,"outputText":"x","completionReason":"FINISH"},{"tokenCount":4,"outputText":"y","completionReason":"FINISH"}]}""").Usage!;
        Assert.Equal((5L, 7L), (usage.InputTotal, usage.OutputTotal));
    }

    [Fact]
    public void Cohere_BilledUnits_StandBesideTheTokens()
    {
        var reply = Meter(CohereApis.Chat, """{"usage":{"billed_units":{"input_tokens":5,"output_tokens":18},"tokens":{"input_tokens":71,"output_tokens":20}},"finish_reason":"COMPLETE"}""");
        Assert.Equal((71L, 20L), (reply.Usage!.InputTotal, reply.Usage.OutputTotal));
        var billed = Assert.Single(reply.Billed);
        Assert.Equal(("billed_units", 5L, 18L), (billed.Kind, billed.Usage.InputTotal, billed.Usage.OutputTotal));
    }

    [Fact]
    public void Converse_CacheWrites_ByTimeToLive()
    {
        var usage = Meter(
            BedrockApis.Converse,
            """{"usage":{"inputTokens":10,"outputTokens":5,"totalTokens":115,"cacheReadInputTokens":40,"cacheWriteInputTokens":60,"cacheDetails":[{"ttl":"1h","inputTokens":45},{"ttl":"5m","inputTokens":15}]}}""").Usage!;
        Assert.Equal((10L, 40L, 15L, 45L, 110L), (usage.InputUncached, usage.CacheRead, usage.CacheWrite5m, usage.CacheWrite1h, usage.InputTotal));
    }

    [Fact]
    public void Invoke_CountsOfHeaders_LeaveTheCacheOutOfTheInput()
    {
        var usage = Meter(
            BedrockApis.Invoke, """{"outputText":"x"}""",
            ("x-amzn-bedrock-input-token-count", "10"), ("x-amzn-bedrock-output-token-count", "5"),
            ("x-amzn-bedrock-cache-read-input-token-count", "40"), ("x-amzn-bedrock-cache-write-input-token-count", "60")).Usage!;
        Assert.Equal((10L, 40L, 60L, 110L, 5L), (usage.InputUncached, usage.CacheRead, usage.CacheWrite, usage.InputTotal, usage.OutputTotal));
    }

    [Fact]
    public void Invoke_CountsOfLlama_AreItsOwn()
    {
        var usage = Meter(BedrockApis.Invoke, """{"generation":"x","prompt_token_count":17,"generation_token_count":9,"stop_reason":"stop"}""").Usage!;
        Assert.Equal((17L, 9L), (usage.InputTotal, usage.OutputTotal));
    }

    /// <summary>OpenRouter tells videos, and of Anthropic's models how long what was written is kept.</summary>
    [Fact]
    public void Chat_OfOpenRouter_TellsVideosAndTimesToLive()
    {
        var usage = Chat("""{"prompt_tokens":1000,"completion_tokens":20,"total_tokens":1020,"prompt_tokens_details":{"cached_tokens":100,"cache_write_tokens":300,"video_tokens":250},"cache_creation":{"ephemeral_5m_input_tokens":100,"ephemeral_1h_input_tokens":200}}""").Usage!;
        Assert.Equal((350L, 100L, 0L, 100L, 200L, 250L), (usage.InputUncached, usage.CacheRead, usage.CacheWrite, usage.CacheWrite5m, usage.CacheWrite1h, usage.InputVideo));
    }

    /// <summary>Gemini's OpenAI-style endpoint tells thoughts in the total only, and may leave out a completion that is nothing but thoughts.</summary>
    [Theory]
    [InlineData("\"completion_tokens\":20,", 80, 20)]
    [InlineData("\"completion_tokens\":0,", 100, 0)]
    [InlineData("", 100, 0)]
    public void Chat_OfGemini_HasThoughtsInTheTotalOnly(string completion, long reasoning, long text)
    {
        var family = ApiFamilies.Match("google", "POST", "/v1beta/openai/chat/completions").Family;
        var reply = Meter(family, $$$"""{"model":"m","choices":[{"index":0,"message":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,{{{completion}}}"total_tokens":109} }""");
        Assert.Equal((9L, 100L, reasoning, text), (reply.Usage!.InputTotal, reply.Usage.OutputTotal, reply.Usage.Reasoning, reply.Usage.OutputText));
        Assert.Equal(UsageQuality.Consistent, reply.UsageQuality);
    }

    [Fact]
    public void Chat_OfPerplexitysDeepResearch_TellsWhatItChargesBesideTheTotal()
    {
        var reply = Chat("""{"prompt_tokens":33,"completion_tokens":7163,"total_tokens":7196,"citation_tokens":21030,"num_search_queries":18,"reasoning_tokens":73411}""");
        Assert.Equal((33L, 7163L, UsageQuality.Consistent), (reply.Usage!.InputTotal, reply.Usage.OutputTotal, reply.UsageQuality));
        Assert.Equal((21030m, 73411m, 18L), (reply.Quantities["citation_tokens"], reply.Quantities["reasoning_tokens"], reply.ToolCalls["web_search"]));
    }

    /// <summary>Perplexity never sends [DONE]; elsewhere a stream without it is a part.</summary>
    [Theory]
    [InlineData("perplexity", UsageSource.Provider)]
    [InlineData("groq", UsageSource.Partial)]
    public void Stream_WithoutTheMark_IsWholeWhereItsHostEndsSo(string kind, UsageSource source)
    {
        var reply = Meter(
            ApiFamilies.Match(kind, "POST", "/v1/chat/completions").Family,
            "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7}}\n\n");
        Assert.Equal((source, false), (reply.UsageSource, reply.IsComplete));
    }

    [Fact]
    public void Ocr_CountsPages()
    {
        var reply = Meter(ApiFamilies.Match("mistral", "POST", "/v1/ocr").Family, """{"pages":[{"index":0,"markdown":"x"}],"model":"mistral-ocr-2505","usage_info":{"pages_processed":29,"doc_size_bytes":null}}""");
        Assert.Equal((29m, "mistral-ocr-2505", UsageSource.Provider), (reply.Quantities["pages"], reply.ResponseModel, reply.UsageSource));
    }

    [Fact]
    public void Transcription_OfMistral_EndsWithItsOwnEvent()
    {
        var reply = Meter(
            ApiFamilies.Match("mistral", "POST", "/v1/audio/transcriptions").Family,
            "event: transcription.text.delta\ndata: {\"type\":\"transcription.text.delta\",\"text\":\"Hum\"}\n\n"
            + "event: transcription.done\ndata: {\"type\":\"transcription.done\",\"model\":\"voxtral-mini-2507\",\"text\":\"Hum.\",\"usage\":{\"prompt_audio_seconds\":4,\"prompt_tokens\":8,\"completion_tokens\":3,\"total_tokens\":11}}\n\n");
        Assert.Equal((true, UsageSource.Provider, 4m), (reply.IsComplete, reply.UsageSource, reply.Quantities["audio_seconds"]));
    }

    /// <summary>One that repeats the counts says nothing new; one of another kind is all that is charged.</summary>
    [Theory]
    [InlineData("\"input_tokens\":144,\"output_tokens\":276,\"iterations\":[{\"type\":\"message\",\"input_tokens\":144,\"output_tokens\":276}]", null)]
    [InlineData("\"input_tokens\":0,\"output_tokens\":0,\"iterations\":[{\"type\":\"compaction\",\"input_tokens\":180000,\"output_tokens\":3500}]", 183_500L)]
    public void Messages_SingleIteration_IsChargedWhereItIsNotTheUsage(string usage, long? billed)
    {
        var reply = Meter(AnthropicApis.Messages, $$"""{"id":"msg_1","model":"claude-opus-4-7","content":[],"stop_reason":"compaction","usage":{ {{usage}} } }""");
        Assert.Equal(billed, reply.Billed.Count == 0 ? null : reply.Billed.Sum(static pass => pass.Usage.InputTotal + pass.Usage.OutputTotal));
    }

    [Fact]
    public void Chat_OfManyChoices_HasAReasonForEach()
    {
        var choices = string.Join(',', Enumerable.Range(0, 40).Select(static i => $$"""{"index":{{i}},"message":{},"finish_reason":"stop"}"""));
        Assert.Equal(40, Meter(OpenAIApis.Chat, $$"""{"choices":[{{choices}}]}""").FinishReasons.Count);
    }

    /// <summary>Messages beside a host's own APIs are Anthropic's; messages of a thread are not.</summary>
    [Theory]
    [InlineData("azure", "/anthropic/v1/messages", "azure.messages")]
    [InlineData("openrouter", "/api/v1/messages", "openrouter.messages")]
    [InlineData("ollama", "/v1/messages", "ollama.messages")]
    [InlineData("deepseek", "/anthropic/v1/messages", "deepseek.messages")]
    [InlineData("openai", "/v1/threads/t1/messages", "openai.other")]
    [InlineData("voyage", "/v1/rerank", "voyage.rerank")]
    public void Paths_OfOtherMakersApis(string kind, string path, string api) => Assert.Equal(api, ApiFamilies.Match(kind, "POST", path).Api);

    [Fact]
    public void Images_WithoutUsage_AreCounted()
    {
        var reply = Meter(OpenAIApis.Images, """{"created":1,"data":[{"url":"https://example.test/1"},{"url":"https://example.test/2"},{"url":"https://example.test/3"}]}""");
        Assert.Equal((null, 3m), (reply.Usage, reply.Quantities["images"]));
    }

    [Fact]
    public void Messages_NullInALaterEvent_ReplacesNoCount()
    {
        var usage = Meter(
            AnthropicApis.Messages,
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":7,\"cache_read_input_tokens\":500,\"output_tokens\":1}}}\n\n"
            + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"input_tokens\":null,\"cache_read_input_tokens\":null,\"output_tokens\":75}}\n\n"
            + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n").Usage!;
        Assert.Equal((7L, 500L, 75L), (usage.InputUncached, usage.CacheRead, usage.OutputTotal));
    }

    private static MeteredReply Chat(string usage) =>
        Meter(OpenAIApis.Chat, $$"""{"model":"m","choices":[{"index":0,"message":{"content":"y"},"finish_reason":"stop"}],"usage":{{usage}}}""");

    private static MeteredReply Meter(ApiFamily family, string body, params (string Name, string Value)[] headers) => new ForwarderModel(new ReplyMeter())
        .Run(family, Chunking.Whole(Replies.Bytes(body)), headers: headers.Select(static header => KeyValuePair.Create(header.Name, header.Value))).Reply;
}
