using Pipeline.GatewayEdge.Metering;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>What may leave when: the order of append and completing frame, and the removal of the injected chunk.</summary>
public sealed class ReplyPlanTests
{
    private const string AnthropicError = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";

    public static TheoryData<string, string, string> Terminals => new()
    {
        { "openai.chat", Replies.ChatStreamStart + Replies.ChatUsageChunk, Replies.Done },
        { "openai.chat", Replies.ChatStreamStart, "data:[DONE]\r\n\r\n" },
        { "openai.responses", Before(Replies.ResponsesStream, "event: response.completed"), From(Replies.ResponsesStream, "event: response.completed") },
        { "anthropic.messages", Before(Replies.MessagesStream, "event: message_stop"), From(Replies.MessagesStream, "event: message_stop") },
        { "anthropic.messages", Before(Replies.MessagesStream, "event: message_delta"), AnthropicError },
    };

    private static string Before(string text, string mark) => text[..text.IndexOf(mark, StringComparison.Ordinal)];

    private static string From(string text, string mark) => text[text.IndexOf(mark, StringComparison.Ordinal)..];

    private static ApiFamily Family(string api) => api switch
    {
        "openai.chat" => OpenAIApis.Chat,
        "openai.responses" => OpenAIApis.Responses,
        _ => AnthropicApis.Messages,
    };

    [Theory]
    [MemberData(nameof(Terminals))]
    public void Stream_SplitAnywhere_CompletingFrameWaitsForTheAppend(string api, string before, string terminal)
    {
        var body = Replies.Bytes(before + terminal);
        var start = Replies.Bytes(before).Length;

        // The frame is complete for a client with its last brace or the mark; what follows are blanks.
        var lastByte = start + Replies.Bytes(terminal.TrimEnd()).Length - 1;
        var model = new ForwarderModel(new ReplyMeter());
        for (var at = 0; at <= body.Length; at++)
        {
            var forwarded = model.Run(Family(api), Chunking.TwoParts(body, at));
            Assert.Equal(body, forwarded.Sent);
            Assert.True(forwarded.Completed);
            Assert.True(forwarded.SentBeforeAppend <= lastByte, $"split at {at}: {forwarded.SentBeforeAppend} bytes had left, the frame ends at {lastByte}");

            // Nothing before the frame is delayed, not even the part of the frame that came with an earlier chunk.
            Assert.Equal(at > start && at <= lastByte ? at : start, forwarded.SentBeforeAppend);
        }

        var slow = model.Run(Family(api), Chunking.Every(body, 1));
        Assert.Equal(body, slow.Sent);
        Assert.Equal(lastByte, slow.SentBeforeAppend);
    }

    [Theory]
    [InlineData("google.streamGenerateContent", Replies.GeminiEventStream)]
    [InlineData("openai.chat", Replies.ChatPlain)]
    [InlineData("openai.chat", "data: {\"choices\":[]}\n\n")]
    public void Reply_WithoutTerminalFrame_IsPassedOnAtOnce(string api, string text)
    {
        var body = Replies.Bytes(text);
        var family = api == "openai.chat" ? OpenAIApis.Chat : GoogleApis.StreamGenerateContent;
        var forwarded = new ForwarderModel(new ReplyMeter()).Run(family, Chunking.Every(body, 3));

        Assert.False(forwarded.Completed);
        Assert.Equal(body.Length, forwarded.SentBeforeAppend);
    }

    public static TheoryData<string, string, string> InjectedStreams => new()
    {
        { Replies.ChatStreamStart, Replies.ChatUsageChunk, Replies.Done },
        { Crlf(Replies.ChatStreamStart), Crlf(Replies.ChatUsageChunk), Crlf(Replies.Done) },
        { ": hello\n\n" + Replies.ChatStreamStart + "\n\n: still here\n\n", ": note\n" + Replies.ChatUsageChunk, "\n" + Replies.Done + "\n" },
        { Replies.ChatStreamStart, Replies.ChatUsageChunk, "" },
        { Replies.ChatStreamStart, Replies.ChatUsageChunk.TrimEnd(), "" },
        { Replies.ChatStreamStart, Replies.ChatUsageChunk.TrimEnd() + "\r\n", "" },
        { Replies.ChatStreamStart, "", Replies.Done }, // the upstream did not know the option
        { "", Replies.ChatUsageChunk, Replies.Done },
        { Replies.ChatStreamStart.Replace("\"usage\":null", "\"usage\":{\"prompt_tokens\":1}", StringComparison.Ordinal), Replies.ChatUsageChunk, Replies.Done },
        { "data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n" + Replies.ChatStreamStart, Replies.ChatUsageChunk, Replies.ChatUsageChunk + Replies.Done }, // one chunk is ours, not two
        { "data: {not json}\n\n" + Replies.ChatStreamStart, Replies.ChatUsageChunk, Replies.Done },
    };

    private static string Crlf(string text) => text.Replace("\n", "\r\n", StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(InjectedStreams))]
    public void InjectedStream_SplitAnywhere_LosesExactlyTheUsageChunk(string before, string usageChunk, string after)
    {
        var body = Replies.Bytes(before + usageChunk + after);
        var expected = Replies.Bytes(before + after);
        var model = new ForwarderModel(new ReplyMeter());
        var whole = model.Run(OpenAIApis.Chat, Chunking.Whole(body), isInjected: true);
        Assert.Equal(expected, whole.Sent);
        Assert.Equal(usageChunk.Length > 0, whole.Reply.IsUsageChunkCut);
        if (usageChunk.Length > 0)
            Assert.Equal(17, whole.Reply.Usage!.ProviderTotal);

        var untouched = model.Run(OpenAIApis.Chat, Chunking.Whole(body));
        Assert.Equal(body, untouched.Sent);
        ReplyAssert.Equal(untouched.Reply with { IsUsageChunkCut = whole.Reply.IsUsageChunkCut }, whole.Reply);

        for (var at = 0; at <= body.Length; at++)
            AssertSame(model.Run(OpenAIApis.Chat, Chunking.TwoParts(body, at), isInjected: true));
        for (var seed = 0; seed < 100; seed++)
            AssertSame(model.Run(OpenAIApis.Chat, Chunking.Randomly(body, new Random(seed), 60), isInjected: true));
        AssertSame(model.Run(OpenAIApis.Chat, Chunking.Every(body, 1), isInjected: true));

        void AssertSame(Forwarded split)
        {
            Assert.Equal(expected, split.Sent);
            ReplyAssert.Equal(whole.Reply, split.Reply);
            Assert.True(split.MaxHeld <= body.Length);
        }
    }

    [Fact]
    public void InjectedStream_WholeEvents_AreNotHeld()
    {
        var body = Replies.Bytes(Replies.ChatStreamStart);
        var forwarded = new ForwarderModel(new ReplyMeter()).Run(OpenAIApis.Chat, Chunking.Whole(body), isInjected: true);

        Assert.Equal(0, forwarded.MaxHeld);
        Assert.Equal(body.Length, forwarded.SentBeforeAppend);
    }

    [Fact]
    public void InjectedStream_EventOverTheBound_IsPassedOnAndCounted()
    {
        var large = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + new string('x', ReplyMeter.MaxHeldEventBytes + 5000) + "\"}}]}\n\n";
        var body = Replies.Bytes(large + Replies.ChatStream);
        var expected = Replies.Bytes(large + Replies.ChatStreamStart + Replies.Done);
        var forwarded = new ForwarderModel(new ReplyMeter()).Run(OpenAIApis.Chat, Chunking.Every(body, 1000), isInjected: true);

        Assert.Equal(expected, forwarded.Sent);
        Assert.InRange(forwarded.MaxHeld, 1, ReplyMeter.MaxHeldEventBytes);
        Assert.Equal(1, forwarded.Reply.LimitsReached);
        Assert.True(forwarded.Reply.IsUsageChunkCut);
    }

    [Fact]
    public void InjectedCall_AnsweredByAPlainError_IsPassedOnAtOnce()
    {
        var body = Replies.Bytes("""{"error":{"message":"Unknown parameter: 'stream_options'.","type":"invalid_request_error","code":"unknown_parameter"}}""");
        var forwarded = new ForwarderModel(new ReplyMeter()).Run(OpenAIApis.Chat, Chunking.Every(body, 5), status: 400, isInjected: true);

        Assert.Equal(body, forwarded.Sent);
        Assert.Equal(0, forwarded.MaxHeld);
        Assert.Equal("unknown_parameter", forwarded.Reply.ErrorCode);
    }

    [Fact]
    public void InjectedStream_BrokenOff_GivesHeldBytesBack()
    {
        var body = Replies.Bytes(Replies.ChatStreamStart + Replies.ChatUsageChunk[..40]);
        var forwarded = new ForwarderModel(new ReplyMeter()).Run(
            OpenAIApis.Chat, Chunking.Every(body, 11), isInjected: true, transportComplete: false);

        Assert.Equal(body, forwarded.Sent);
        Assert.False(forwarded.Reply.IsComplete);
    }

    /// <summary>Recorded streams that ended in a usage chunk, as if the gateway had asked for it.</summary>
    [Fact]
    public void RecordedChatStreams_Injected_LoseOnlyTheirUsageChunk()
    {
        var checkedStreams = 0;
        foreach (var recording in Recordings.All().Where(recording => recording.Api == "openai.chat" && recording.IsStream))
        {
            var text = System.Text.Encoding.UTF8.GetString(recording.ResponseBody);
            var newline = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
            var events = text.Split(newline + newline);
            var kept = events.Where(block => !(block.Contains("\"choices\":[]", StringComparison.Ordinal) && block.Contains("\"usage\":{", StringComparison.Ordinal)));
            var expected = Replies.Bytes(string.Join(newline + newline, kept));
            var plain = new ForwarderModel(new ReplyMeter()).Run(OpenAIApis.Chat, Chunking.Whole(recording.ResponseBody));
            for (var seed = 0; seed < 30; seed++)
            {
                var chunks = Chunking.Randomly(recording.ResponseBody, new Random(seed), 700);
                var forwarded = new ForwarderModel(new ReplyMeter()).Run(OpenAIApis.Chat, chunks, isInjected: true);
                Assert.Equal(expected, forwarded.Sent);
                ReplyAssert.Equal(plain.Reply with { IsUsageChunkCut = forwarded.Reply.IsUsageChunkCut }, forwarded.Reply);
            }

            checkedStreams++;
        }

        Assert.True(checkedStreams >= 10);
    }
}
