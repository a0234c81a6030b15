using System.Text;
using Pipeline.GatewayEdge.Metering;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>Whatever an upstream sends is forwarded unchanged, never throws, and never becomes a made-up figure.</summary>
public sealed class MalformedRepliesTests
{
    private static readonly (ApiFamily Family, string Body)[] Samples =
    [
        (OpenAIApis.Chat, Replies.ChatStream),
        (OpenAIApis.Chat, Replies.ChatPlain),
        (OpenAIApis.Responses, Replies.ResponsesStream),
        (OpenAIApis.Responses, Replies.ResponsesPlain),
        (OpenAIApis.Embeddings, Replies.Embeddings),
        (AnthropicApis.Messages, Replies.MessagesStream),
        (AnthropicApis.Messages, Replies.MessagesPlain),
        (GoogleApis.GenerateContent, Replies.GeminiPlain),
        (GoogleApis.StreamGenerateContent, Replies.GeminiEventStream),
        (GoogleApis.StreamGenerateContent, Replies.GeminiArrayStream),
        (OpenAIApis.Transcription, Replies.TranscriptionStream),
        (OpenAIApis.Transcription, Replies.TranscriptionPlain),
        (OpenAIApis.Images, Replies.ImageStream),
        (OllamaApis.Chat, Replies.OllamaLines),
        (OllamaApis.Chat, Replies.OllamaPlain),
    ];

    private static MeteredReply Meter(ApiFamily family, string body) => Meter(family, Replies.Bytes(body));

    private static MeteredReply Meter(ApiFamily family, byte[] body, bool isInjected = false, bool transportComplete = true)
    {
        var forwarded = new ForwarderModel(new ReplyMeter()).Run(
            family, Chunking.Every(body, 97), isInjected: isInjected, transportComplete: transportComplete);
        if (!isInjected || !forwarded.Reply.IsUsageChunkCut)
            Assert.Equal(body, forwarded.Sent);
        ExpectedUsage.AssertDisjoint(forwarded.Reply);
        return forwarded.Reply;
    }

    [Fact]
    public void Truncation_AtEveryByte_IsPartialOrNothing()
    {
        foreach (var (family, text) in Samples)
        {
            var body = Replies.Bytes(text);
            var whole = Meter(family, body);
            for (var length = 0; length < body.Length; length++)
            {
                var reply = Meter(family, body[..length], transportComplete: false);
                if (!reply.IsComplete)
                    Assert.NotEqual(UsageSource.Provider, reply.UsageSource);
                else
                    ReplyAssert.Equal(whole, reply);
            }
        }
    }

    [Fact]
    public void BrokenBytes_Anywhere_NeverThrow()
    {
        foreach (var (family, text) in Samples)
        {
            var body = Replies.Bytes(text);
            var random = new Random(11);
            for (var trial = 0; trial < 3000; trial++)
            {
                var broken = (byte[])body.Clone();
                for (var count = random.Next(1, 4); count > 0; count--)
                    broken[random.Next(broken.Length)] = (byte)random.Next(256);
                Meter(family, broken, isInjected: trial % 2 == 0);
            }
        }
    }

    [Fact]
    public void RandomTokens_InAnyOrder_NeverThrow()
    {
        string[] tokens =
        [
            "{", "}", "[", "]", ":", ",", "\"", "\\", "\n", "\r\n", "\n\n", "data:", "data: ", "event: message_stop", "[DONE]", "null", "true", "1e999", "-5", "\u0000",
            "\"usage\":", "\"choices\":[]", "\"choices\":[{", "\"type\":\"message_stop\"", "\"response\":{", "\"error\":", "{\"usage\":{\"prompt_tokens\":1}}", " ", "\"model\":\"x\"", "é",
        ];
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var body = new StringBuilder(random.Next(3) == 0 ? "data: {" : "{");
            for (var count = random.Next(1, 40); count > 0; count--)
                body.Append(tokens[random.Next(tokens.Length)]);
            Meter(Samples[random.Next(Samples.Length)].Family, Replies.Bytes(body.ToString()), isInjected: random.Next(2) == 0);
        }
    }

    [Theory]
    [InlineData("\"17\"")]
    [InlineData("[17]")]
    [InlineData("{}")]
    [InlineData("true")]
    [InlineData("-17")]
    [InlineData("1000000000001")]
    [InlineData("99999999999999999999999999999999999999999999")]
    [InlineData("1e400")]
    [InlineData("17.5")]
    public void CountThatIsNone_IsNullAndNeverZero(string count)
    {
        foreach (var (family, body) in new[]
        {
            (OpenAIApis.Chat, $$"""{"usage":{"prompt_tokens":{{count}} ,"completion_tokens":3} }"""),
            (AnthropicApis.Messages, $$"""{"usage":{"input_tokens":{{count}} ,"output_tokens":3} }"""),
            (GoogleApis.GenerateContent, $$"""{"usageMetadata":{"promptTokenCount":{{count}} ,"candidatesTokenCount":3} }"""),
            (OpenAIApis.Transcription, $$"""{"usage":{"type":"tokens","input_tokens":{{count}} ,"output_tokens":3} }"""),
            (OllamaApis.Chat, $$"""{"done":true,"prompt_eval_count":{{count}} ,"eval_count":3}"""),
        })
        {
            var reply = Meter(family, body);
            Assert.Null(reply.Usage!.InputTotal);
            Assert.Null(reply.Usage.InputUncached);
            Assert.Equal(3, reply.Usage.OutputTotal);
            // Ollama's counts stand beside everything else: only numbers and words are looked at.
            var isSeen = family != OllamaApis.Chat || count[0] is not ('"' or '[' or '{');
            Assert.Equal(isSeen ? UsageQuality.Inconsistent : UsageQuality.Consistent, reply.UsageQuality);
        }
    }

    [Theory]
    [InlineData("""{"model":7,"id":{"a":1},"service_tier":[],"choices":{"index":0},"usage":[1,2]}""")]
    [InlineData("""{"model":["x"],"choices":[1,"a",null,[{"finish_reason":"stop"}]],"usage":"none","error":null}""")]
    [InlineData("""{"choices":[{"index":-1,"finish_reason":5}],"usage":true}""")]
    [InlineData("""{"model":"what the caller said"}""")]
    public void WrongTypes_AreIgnored(string body)
    {
        var reply = Meter(OpenAIApis.Chat, body);

        Assert.Null(reply.Usage);
        Assert.Null(reply.ResponseModel);
        Assert.Empty(reply.FinishReasons);
        Assert.False(reply.IsErrorInside200);
        Assert.Equal(UsageSource.None, reply.UsageSource);
    }

    [Fact]
    public void InvalidUtf8_InAWantedString_DropsOnlyThat()
    {
        byte[] body = [.. "{\"model\":\"gpt-"u8, 0xff, 0xc0, .. "\",\"id\":\"a\\ud800\",\"choices\":[{\"index\":0,\"message\":{\"content\":\""u8, 0xfe, .. "\"},\"finish_reason\":\"\\u0073top\"}],\"usage\":{\"prompt_tokens\":2,\"x\":\""u8, 0xff, .. "\"}}"u8];
        var reply = Meter(OpenAIApis.Chat, body);

        Assert.Null(reply.ResponseModel);
        Assert.Null(reply.ProviderResponseId);
        Assert.Equal(["stop"], reply.FinishReasons);
    }

    [Fact]
    public void StringsOutsideTheRules_NeverReachTheReply()
    {
        const string prose = "the quick brown fox jumps over the lazy dog";
        var body = $$"""
            {"id":"{{prose}}","model":"{{string.Concat(Enumerable.Repeat(prose, 4))}}","service_tier":"{{prose}}","error":{"type":"{{prose}}","code":"{{prose}}"},
             "choices":[{"index":0,"finish_reason":"{{prose}}"}],"usage":{"prompt_tokens":1,"note":"{{prose}}","{{prose}}":1} }
            """;
        var reply = Meter(OpenAIApis.Chat, body);

        Assert.DoesNotContain("fox", ReplyAssert.Describe(reply), StringComparison.Ordinal);
        Assert.Equal(["other"], reply.FinishReasons);
        Assert.True(reply.IsErrorInside200);
        Assert.Equal("{\"prompt_tokens\":1}", reply.ProviderUsage);
    }

    [Theory]
    [InlineData("data: ")]
    [InlineData("data: {\"model\":\"")]
    [InlineData("data: {\"usage\":{\"a\":\"")]
    [InlineData("event: ")]
    [InlineData("{\"usage\":{\"a\":\"")]
    [InlineData("{\"x\":\"")]
    [InlineData("[[[")]
    [InlineData("{\"done\":false}\n{\"done\":true,\"eval_count\":1")]
    [InlineData("{\"message\":{\"content\":\"")]
    [InlineData("{\"error\":\"")]
    public void EndlessLine_IsForwardedInBoundedMemory(string start)
    {
        foreach (var family in new[] { OpenAIApis.Chat, OpenAIApis.Responses, OpenAIApis.Images, OpenAIApis.Transcription, OllamaApis.Chat })
            AssertBounded(family, start);
    }

    /// <summary>10 MB without an end, and the size of two wanted objects at most.</summary>
    private static void AssertBounded(ApiFamily family, string start)
    {
        const int chunkBytes = 64 * 1024;
        var meter = new ReplyMeter();
        meter.Begin(family, 200, "", "", isInjected: false, isRelay: false);
        meter.Feed(Replies.Bytes(start));
        var chunk = new byte[chunkBytes];
        chunk.AsSpan().Fill((byte)'x');
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < 160; count++)
            Assert.Equal(chunkBytes, meter.Feed(chunk).ForwardNow);
        var reply = meter.End(transportComplete: false);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 * JsonDocumentScanner.MaxRawBytes);
        Assert.Null(reply.Usage);
    }

    /// <summary>A stream that never ends, of whole events: nothing grows with it.</summary>
    [Fact]
    public void EndlessStream_IsForwardedInBoundedMemory()
    {
        foreach (var (family, line) in new[]
        {
            (OpenAIApis.Chat, Replies.ChatStreamStart.Replace("\"finish_reason\":\"stop\"", "\"finish_reason\":null", StringComparison.Ordinal)),
            (OpenAIApis.Chat, "data: {\"choices\":[{\"index\":0}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":9}}\n\n"),
            (OpenAIApis.Images, "data: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"iVBORw0KGgo=\"}\n\n"),
            (OllamaApis.Chat, "{\"model\":\"m\",\"message\":{\"content\":\"x\"},\"done\":false}\n"),
            (OpenAIApis.Chat, "data: {broken\n\n"),
        })
        {
            var meter = new ReplyMeter();
            var body = Replies.Bytes(line);
            meter.Begin(family, 200, "", "", isInjected: false, isRelay: false);
            meter.Feed(body);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var count = 0; count < 100_000; count++)
                meter.Feed(body);

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= 65_536, $"{allocated} bytes for {line}");
            Assert.False(meter.End(transportComplete: false).IsComplete);
        }
    }

    [Theory]
    [InlineData("<html>502</html>")]
    [InlineData("upstream connect error")]
    [InlineData("{\"choices\":[}")]
    [InlineData("data: {\"choices\":[}\n\ndata: {]\n\n")]
    public void UnreadableBody_IsCounted(string body)
    {
        Assert.NotEqual(0, Meter(OpenAIApis.Chat, body).ParseFailures);
    }
}
