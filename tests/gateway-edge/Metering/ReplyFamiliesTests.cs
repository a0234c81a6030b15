using Pipeline.GatewayEdge.Metering;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>What each family's reader takes from a reply, on hand-written bodies.</summary>
public sealed class ReplyFamiliesTests
{
    private static MeteredReply Meter(ApiFamily family, string body, int status = 200, bool isRelay = false, bool transportComplete = true)
    {
        var bytes = Replies.Bytes(body);
        var model = new ForwarderModel(new ReplyMeter());
        var whole = model.Run(family, Chunking.Whole(bytes), status, isRelay: isRelay, transportComplete: transportComplete);
        Assert.Equal(bytes, whole.Sent);
        ExpectedUsage.AssertDisjoint(whole.Reply);
        for (var at = 0; at <= bytes.Length; at++)
        {
            var split = model.Run(family, Chunking.TwoParts(bytes, at), status, isRelay: isRelay, transportComplete: transportComplete);
            ReplyAssert.Equal(whole.Reply, split.Reply);
            Assert.Equal(bytes, split.Sent);
        }

        return whole.Reply;
    }

    [Fact]
    public void Chat_Plain_SplitsTotalsIntoParts()
    {
        var reply = Meter(OpenAIApis.Chat, Replies.ChatPlain);
        var usage = reply.Usage!;

        Assert.Equal((25, 60, 5, 10), (usage.InputUncached, usage.CacheRead, usage.CacheWrite, usage.InputAudio));
        Assert.Equal((9, 8, 3), (usage.OutputText, usage.Reasoning, usage.OutputAudio));
        Assert.Equal((100, 20, 120, 60), (usage.InputTotal, usage.OutputTotal, usage.ProviderTotal, usage.CachedReported));
        Assert.Null(usage.CacheWrite5m);
        Assert.Equal(UsageQuality.Consistent, reply.UsageQuality);
        Assert.Equal(UsageSource.Provider, reply.UsageSource);
        Assert.Equal(["length", "tool_calls"], reply.FinishReasons);
        Assert.Equal(("gpt-4o-2024-08-06", "chatcmpl-2", "priority"), (reply.ResponseModel, reply.ProviderResponseId, reply.ServiceTier));
        Assert.False(reply.IsStream);
    }

    [Fact]
    public void Chat_Stream_TakesTheLastUsageAndNeverTheText()
    {
        var reply = Meter(OpenAIApis.Chat, Replies.ChatStream);

        Assert.Equal((8, 4, 3, 2), (reply.Usage!.InputUncached, reply.Usage.CacheRead, reply.Usage.OutputText, reply.Usage.Reasoning));
        Assert.Equal(["stop"], reply.FinishReasons);
        Assert.Equal("default", reply.ServiceTier);
        Assert.True(reply is { IsStream: true, IsComplete: true, UsageSource: UsageSource.Provider });
    }

    [Theory]
    [InlineData("data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7}}\n\ndata: [DONE]\n\n")]
    [InlineData("data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}],\"x_groq\":{\"id\":\"r\",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7}}}\n\ndata: [DONE]\n\n")]
    [InlineData("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}\n\ndata: {\"model\":\"m\",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7},\"choices\":[{\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":null}\n\ndata: [DONE]\n\n")]
    [InlineData(": OPENROUTER PROCESSING\n\ndata: {\"model\":\"m\",\"choices\":[{\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\n: between\ndata: \"usage\":{\"prompt_tokens\":3,\ndata:\"completion_tokens\":4.0,\"total_tokens\":7}}\n\ndata:[DONE]")]
    [InlineData("\uFEFF\n id: 1\r\nretry: 5\r\ndata: {\"model\":\"m\",\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7}}\r\n\r\ndata: [DONE]\r\n\r\n")]
    [InlineData("data: {\"m\\u006fdel\":\"\\u006d\",\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7}}\n\ndata: [DONE]\n\n")]
    public void Chat_StreamsOfCompatibles_GiveTheLastNonNullUsage(string body)
    {
        var reply = Meter(OpenAIApis.Chat, body);

        Assert.Equal((3, 4, 7), (reply.Usage!.InputTotal, reply.Usage.OutputTotal, reply.Usage.ProviderTotal));
        Assert.Equal(["stop"], reply.FinishReasons);
        Assert.Equal("m", reply.ResponseModel);
        Assert.True(reply.IsComplete);
        Assert.Equal(0, reply.ParseFailures);
    }

    [Theory]
    [InlineData(30, 20, 10)] // beside the completion, as xAI counts
    [InlineData(20, 20, 0)] // inside it
    public void Chat_ReasoningConvention_IsToldByTheTotal(int output, int total, int extra)
    {
        var reply = Meter(
            OpenAIApis.Chat,
            $$$"""{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":20,"total_tokens":{{{5 + total + extra}}} ,"completion_tokens_details":{"reasoning_tokens":10} } }""");

        Assert.Equal(output, reply.Usage!.OutputTotal);
        Assert.Equal(10, reply.Usage.Reasoning);
        Assert.Equal(output - 10, reply.Usage.OutputText);
        Assert.Equal(UsageQuality.Consistent, reply.UsageQuality);
    }

    [Fact]
    public void Chat_ErrorInsideA200_IsSaid()
    {
        var reply = Meter(OpenAIApis.Chat, Replies.ChatStreamStart + "data: {\"error\":{\"message\":\"The server had an error\",\"type\":\"server_error\",\"code\":null}}\n\n");

        Assert.True(reply.IsErrorInside200);
        Assert.Equal("server_error", reply.ErrorType);
        Assert.False(reply.IsComplete);
        Assert.Equal(UsageSource.None, reply.UsageSource);
    }

    [Theory]
    [InlineData("""{"error":{"message":"no","type":"invalid_request_error","code":"invalid_api_key"}}""", "invalid_request_error", "invalid_api_key")]
    [InlineData("""{"error":{"code":429,"message":"no","status":"RESOURCE_EXHAUSTED","details":[{"status":"x"}]}}""", "RESOURCE_EXHAUSTED", "429")]
    [InlineData("""[{"error":{"code":503,"status":"UNAVAILABLE"}}]""", "UNAVAILABLE", "503")]
    [InlineData("""{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""", "overloaded_error", null)]
    [InlineData("""{"error":{"type":"a sentence is no type","code":"so long that it cannot be a code of any provider, can it now, really"}}""", null, null)]
    [InlineData("""{"error":"something went wrong"}""", null, null)]
    public void AnyFamily_ErrorBody_GivesTypeAndCodeAsTokensOnly(string body, string? type, string? code)
    {
        var families = new[]
        {
            OpenAIApis.Chat, OpenAIApis.Responses, OpenAIApis.Embeddings, AnthropicApis.Messages,
            GoogleApis.StreamGenerateContent, ApiFamilies.Match("openai", "GET", "/v1/models").Family,
        };
        foreach (var family in families)
        {
            var reply = Meter(family, body, status: 429);
            Assert.Equal((type, code), (reply.ErrorType, reply.ErrorCode));
            Assert.Null(reply.Usage);
            Assert.False(reply.IsErrorInside200);
        }
    }

    [Fact]
    public void Embeddings_Plain_HaveNoOutput()
    {
        var reply = Meter(OpenAIApis.Embeddings, Replies.Embeddings);

        Assert.Equal((8, 8, (long?)null), (reply.Usage!.InputUncached, reply.Usage.ProviderTotal, reply.Usage.OutputTotal));
        Assert.Equal("text-embedding-3-small", reply.ResponseModel);
        Assert.Equal(UsageQuality.Consistent, reply.UsageQuality);
    }

    [Fact]
    public void Responses_Plain_GivesStatusToolCallsAndBackground()
    {
        var reply = Meter(OpenAIApis.Responses, Replies.ResponsesPlain);

        Assert.Equal((10, 40, 0, 9), (reply.Usage!.InputUncached, reply.Usage.CacheRead, reply.Usage.OutputText, reply.Usage.Reasoning));
        Assert.Equal(["incomplete:max_output_tokens"], reply.FinishReasons);
        Assert.Equal(("web_search", 2), (Assert.Single(reply.ToolCalls).Key, reply.ToolCalls["web_search"]));
        Assert.True(reply.Background);
        Assert.False(reply.IsErrorInside200);
    }

    [Fact]
    public void Responses_SearchesCountedByTheHost_StandAboveTheItems()
    {
        var reply = Meter(
            OpenAIApis.Responses,
            """{"output":[{"type":"web_search_call"},{"type":"file_search_call"}],"tool_usage":{"image_gen":{"input_tokens":0},"web_search":{"num_requests":3}}}""");

        Assert.Equal((3, 1), (reply.ToolCalls["web_search"], reply.ToolCalls["file_search"]));
    }

    [Fact]
    public void Responses_Stream_TakesTheTerminalEvent()
    {
        var reply = Meter(OpenAIApis.Responses, Replies.ResponsesStream);

        Assert.Equal((7, 3), (reply.Usage!.InputTotal, reply.Usage.OutputTotal));
        Assert.Equal(("gpt-5-2025-08-07", "default"), (reply.ResponseModel, reply.ServiceTier));
        Assert.Equal(["completed"], reply.FinishReasons);
        Assert.True(reply.IsComplete);
    }

    [Fact]
    public void Messages_Plain_AddsTheThreeInputs()
    {
        var reply = Meter(AnthropicApis.Messages, Replies.MessagesPlain);
        var usage = reply.Usage!;

        Assert.Equal((10, 200, 0, 20, 10), (usage.InputUncached, usage.CacheRead, usage.CacheWrite, usage.CacheWrite5m, usage.CacheWrite1h));
        Assert.Equal((240, 25, 15), (usage.InputTotal, usage.OutputText, usage.Reasoning));
        Assert.Equal((2, 1), (reply.ToolCalls["web_search"], reply.ToolCalls["web_fetch"]));
        Assert.Equal("fast", reply.PriceContext["speed"]);
        Assert.Contains("\"iterations\":[{\"type\":\"message\",\"input_tokens\":10}]", reply.ProviderUsage, StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_Stream_LastValueWinsByMember()
    {
        var reply = Meter(AnthropicApis.Messages, Replies.MessagesStream);

        Assert.Equal((1595, 5, 75), (reply.Usage!.InputUncached, reply.Usage.CacheRead, reply.Usage.OutputTotal));
        Assert.Equal(("standard", "claude-sonnet-4-6", "msg_2"), (reply.ServiceTier, reply.ResponseModel, reply.ProviderResponseId));
        Assert.Equal(["tool_use"], reply.FinishReasons);
        Assert.Equal(1, reply.ToolCalls["web_search"]);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 727)]
    public void Messages_ZeroInTheLastEvent_OverrulesOnlyFromTheProviderItself(bool isRelay, int input)
    {
        var reply = Meter(AnthropicApis.Messages, Replies.MessagesStream.Replace("1595", "0", StringComparison.Ordinal), isRelay: isRelay);

        Assert.Equal(input, reply.Usage!.InputUncached);
    }

    [Fact]
    public void Messages_StreamWithoutItsEnd_IsPartial()
    {
        var cut = Replies.MessagesStream[..Replies.MessagesStream.IndexOf("event: message_delta", StringComparison.Ordinal)];
        var reply = Meter(AnthropicApis.Messages, cut, transportComplete: false);

        Assert.Equal((UsageSource.Partial, 727, 1), (reply.UsageSource, reply.Usage!.InputUncached, reply.Usage.OutputTotal));
        Assert.False(reply.IsComplete);
    }

    [Fact]
    public void Gemini_Plain_SplitsModalitiesAndOverlaps()
    {
        var reply = Meter(GoogleApis.GenerateContent, Replies.GeminiPlain);
        var usage = reply.Usage!;

        Assert.Equal(107, usage.InputTotal);
        Assert.Equal((45, 15, 5, 10, 7), (usage.InputUncached, usage.CacheRead, usage.InputAudio, usage.InputImage, usage.ToolUsePrompt));
        Assert.Equal(25, Assert.Single(usage.Overlaps, overlap => overlap.Key == "cache_read_audio").Value);
        Assert.Equal((29, 16, 9, 4), (usage.OutputTotal, usage.OutputText, usage.Reasoning, usage.OutputImage));
        Assert.Equal(UsageQuality.Consistent, reply.UsageQuality);
        Assert.Equal(("standard", "abc-1"), (reply.ServiceTier, reply.ProviderResponseId));
    }

    [Theory]
    [InlineData(Replies.GeminiEventStream)]
    [InlineData(Replies.GeminiArrayStream)]
    public void Gemini_Stream_LastSnapshotReplaces(string body)
    {
        var reply = Meter(GoogleApis.StreamGenerateContent, body);

        Assert.Equal((5, 5, 2), (reply.Usage!.InputTotal, reply.Usage.OutputTotal, reply.Usage.Reasoning));
        Assert.Equal(["STOP"], reply.FinishReasons);
        Assert.True(reply is { IsStream: true, IsComplete: true });
        Assert.Equal(0, reply.ParseFailures);
    }

    [Fact]
    public void Gemini_BlockedPrompt_NamesTheReason()
    {
        var reply = Meter(GoogleApis.GenerateContent, """{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":9,"totalTokenCount":9}}""");

        Assert.Equal(["block:PROHIBITED_CONTENT"], reply.FinishReasons);
        Assert.Equal((9, 0), (reply.Usage!.InputTotal, reply.Usage.OutputTotal));
        Assert.Equal(UsageQuality.Consistent, reply.UsageQuality);
    }

    [Fact]
    public void Gemini_ChunkWithATrafficTypeAlone_WipesOutNoCounts()
    {
        var reply = Meter(VertexApis.StreamGenerateContent, Replies.GeminiEventStream + "data: {\"usageMetadata\": {\"trafficType\": \"ON_DEMAND\"}}\n\n");

        Assert.Equal((5, 5), (reply.Usage!.InputTotal, reply.Usage.OutputTotal));
    }

    [Fact]
    public void CohereV1_LastLine_CompletesByItsTypeAlone()
    {
        var reply = Meter(
            CohereApis.Chat,
            """{"event_type":"text-generation","text":"a"}""" + "\n" + """{"event_type":"stream-end","response":{"meta":{"tokens":{"input_tokens":3,"output_tokens":4}}}}""" + "\n");

        Assert.Equal((3, 4), (reply.Usage!.InputTotal, reply.Usage.OutputTotal));
        Assert.True(reply is { IsStream: true, IsComplete: true });
    }

    [Fact]
    public void Titan_SeveralResults_AreAddedUp()
    {
        var reply = Meter(BedrockApis.Invoke, """{"inputTextTokenCount":5,"results":[{"tokenCount":3,"completionReason":"FINISH"},{"tokenCount":4,"completionReason":"LENGTH"}]}""");

        Assert.Equal((5, 7), (reply.Usage!.InputTotal, reply.Usage.OutputTotal));
        Assert.Equal(["FINISH", "LENGTH"], reply.FinishReasons);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void OtherFamily_Stream_HasEndedWithItsLastByte(bool transportComplete)
    {
        var reply = new ForwarderModel(new ReplyMeter()).Run(
            ApiFamilies.Match("openai", "POST", "/v1/threads/t/runs").Family,
            Chunking.Whole("event: done\ndata: x\n\n"u8.ToArray()),
            contentType: "text/event-stream",
            transportComplete: transportComplete).Reply;

        Assert.Equal((true, transportComplete), (reply.IsStream, reply.HasEnded));
    }

    [Fact]
    public void OtherFamily_Body_IsNotRead()
    {
        var reply = Meter(ApiFamilies.Match("openai", "POST", "/v1/files").Family, """{"error":{"type":"x"},"usage":{"prompt_tokens":1}}""");

        Assert.Equal((UsageSource.None, (string?)null, true), (reply.UsageSource, reply.ErrorType, reply.IsComplete));
    }
}
