using System.Text;
using Pipeline.GatewayEdge.Metering;
using Pipeline.GatewayEdge.Tests.Forwarding;
using Pipeline.Schemas;
using Xunit;
using static Pipeline.GatewayEdge.Tests.Forwarding.WireSamples;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>The guess for replies without usage: only where it is switched on, never above a measured figure, always marked.</summary>
public sealed class UsageEstimateTests(ITestOutputHelper output)
{
    private const string Unasked = """{"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"Say this is a test, please."}]}""";

    [Theory]
    [InlineData(true, false, UsageSource.Estimated)]
    [InlineData(false, false, UsageSource.None)]
    [InlineData(true, true, UsageSource.Provider)]
    public async Task Stream_WithoutUsage_IsEstimatedWhereSwitchedOn(bool isOn, bool hasUsage, UsageSource expected)
    {
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(StreamHead + Chunk(Delta) + Chunk(Stop) + (hasUsage ? Chunk(Usage) : "") + Chunk(Done) + LastChunk);
            await connection.UntilClosedAsync();
        });
        await using var gateway = await TestGateway.StartAsync(new UpstreamOptions { BaseAddress = upstream.Address, Api = "openai", EstimateUsage = isOn });
        using var caller = await RawCaller.ConnectAsync(gateway);

        await caller.SendAsync(RawCaller.Post(ChatTarget, Unasked));
        await caller.ReadUntilAsync("[DONE]");
        var audit = Assert.Single(await gateway.EventsAsync(1));

        Assert.Equal(expected, audit.UsageSource);
        Assert.Equal(expected == UsageSource.None, audit.Usage is null);
        if (expected != UsageSource.Estimated)
            return;

        Assert.Equal(UsageQuality.Unknown, audit.UsageQuality);
        Assert.InRange(audit.Usage!.InputTotal!.Value, 8, 16);
        Assert.InRange(audit.Usage.OutputTotal!.Value, 1, 8);
        Assert.Equal((audit.Usage.InputTotal, audit.Usage.OutputTotal), (audit.Usage.InputUncached, audit.Usage.OutputText));
        Assert.Null(audit.Usage.ProviderTotal);
        Assert.Null(audit.ProviderUsage);
    }

    [Fact]
    public void Reply_WithAnError_IsNotEstimated()
    {
        var failed = new MeteredReply { TextBytes = 100, IsError = true };
        var measured = new MeteredReply { TextBytes = 100, UsageSource = UsageSource.Partial };
        var notCounted = new MeteredReply();

        foreach (var reply in new[] { failed, measured, notCounted })
            Assert.Same(reply, UsageEstimate.Apply(reply, "{}"u8));
    }

    [Fact]
    public void Request_ThatWasNotRead_HasNoEstimateOfItsInput()
    {
        var reply = UsageEstimate.Apply(new MeteredReply { TextBytes = 41 }, default);

        Assert.Null(reply.Usage!.InputTotal);
        Assert.Equal(11, reply.Usage.OutputTotal);
    }

    [Fact]
    public void Output_OfABrokenOffStart_IsEstimatedAndTheInputKept()
    {
        var cut = Replies.MessagesStream[..Replies.MessagesStream.IndexOf("event: message_delta", StringComparison.Ordinal)]
            .Replace("message_stop", new string('x', 400), StringComparison.Ordinal);
        foreach (var (family, body) in new[]
        {
            (AnthropicApis.Messages, Replies.Bytes(cut)),
            (BedrockApis.InvokeStream, cut.Split("data: ").Skip(1).SelectMany(document => AwsFrames.Chunk(document.Split('\n')[0])).ToArray()),
        })
        {
            var metered = Run(family, Chunking.Whole(body));
            var reply = UsageEstimate.Apply(metered, """{"messages":"x"}"""u8);

            Assert.Equal((UsageSource.Partial, 1L), (metered.UsageSource, metered.Usage!.OutputTotal));
            Assert.Equal((UsageSource.Estimated, UsageQuality.Unknown), (reply.UsageSource, reply.UsageQuality));
            Assert.Equal((732, 727, 5, 100, 100), (reply.Usage!.InputTotal, reply.Usage.InputUncached, reply.Usage.CacheRead, reply.Usage.OutputTotal, reply.Usage.OutputText));
            var whole = Run(AnthropicApis.Messages, Chunking.Whole(Replies.Bytes(Replies.MessagesStream)));
            Assert.Same(whole, UsageEstimate.Apply(whole, default));
        }
    }

    [Fact]
    public void Output_GuessedBelowTheStartsFigure_IsThatFigure()
    {
        var started = new MeteredReply
        {
            TextBytes = 4, IsOutputUncounted = true, UsageSource = UsageSource.Partial, Usage = new TokenUsage { InputTotal = 9, OutputText = 3, OutputTotal = 3 },
        };

        Assert.Equal((9, 3), (UsageEstimate.Apply(started, default).Usage!.InputTotal, UsageEstimate.Apply(started, default).Usage!.OutputTotal));
    }

    /// <summary>Of each chat family one reply without usage: whole or cut off, in the order of its pieces.</summary>
    public static TheoryData<string, string, long> WithoutUsage => new()
    {
        { "openai POST /v1/chat/completions", """{"choices":[{"message":{"content":"abcd","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}]}""", 6 },
        { "openai POST /v1/responses", """{"output":[{"content":[{"type":"output_text","text":"abcd"}]},{"type":"function_call","arguments":"{}"}],"text":{"format":"x"}}""", 7 },
        { "openai POST /v1/responses", "data: {\"type\":\"response.output_text.delta\",\"delta\":\"abcd\"}\n\ndata: {\"type\":\"response.output_text.done\",\"text\":\"abcd\"}\n\n", 4 },
        { "anthropic POST /v1/messages", """{"content":[{"type":"text","text":"abcd"},{"type":"tool_use","name":"f","input":{"a":{"b":["c","de"]},"f":"g"}}],"stop_reason":"x"}""", 8 },
        { "anthropic POST /v1/messages", "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"abcd\"}}\n\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"partial_json\":\"{}\"}}\n\ndata: {\"delta\":{\"signature\":\"xyz\"}}\n\n", 6 },
        { "anthropic POST /v1/complete", """{"completion":"abcd","stop_reason":"stop_sequence"}""", 4 },
        { "google POST /v1beta/models/gemini:generateContent", """{"candidates":[{"content":{"parts":[{"text":"abcd"},{"functionCall":{"name":"f","args":{"a":"bc"}}}],"role":"model"}}]}""", 6 },
        { "google POST /v1beta/models/gemini:streamGenerateContent", """[{"candidates":[{"content":{"parts":[{"text":"ab"}]}}]},{"candidates":[{"content":{"parts":[{"text":"cd"}]}}]}]""", 4 },
        { "google POST /v1beta/interactions", "data: {\"event_type\":\"step.delta\",\"delta\":{\"type\":\"text\",\"text\":\"abcd\"}}\n\n", 4 },
        { "cohere POST /v2/chat", "event: content-delta\ndata: {\"type\":\"content-delta\",\"delta\":{\"message\":{\"content\":{\"text\":\"abcd\"}}}}\n\n", 4 },
        { "cohere POST /v1/chat", """{"event_type":"text-generation","text":"ab"}""" + "\n" + """{"event_type":"text-generation","text":"cd"}""" + "\n", 4 },
        { "cohere POST /v1/generate", """{"generations":[{"text":"abcd"}],"prompt":"xyz"}""", 4 },
        { "ollama POST /api/chat", """{"message":{"content":"abcd","tool_calls":[{"function":{"name":"f","arguments":{"a":"b"}}}]},"done":false}""", 5 },
        { "bedrock POST /model/m/converse", """{"output":{"message":{"content":[{"text":"abcd"},{"toolUse":{"name":"f","input":{"a":"b"}}}]}}}""", 5 },
        { "bedrock POST /model/m/converse-stream", "contentBlockDelta {\"delta\":{\"text\":\"abcd\"},\"p\":\"xyz\"}\ncontentBlockDelta {\"delta\":{\"toolUse\":{\"input\":\"{}\"}}}\nmessageStop {\"stopReason\":\"x\"}", 6 },
        { "bedrock POST /model/m/invoke-with-response-stream", "chunk {\"generation\":\"abcd\"}\nchunk {\"outputText\":\"ab\"}", 6 },
    };

    [Theory]
    [MemberData(nameof(WithoutUsage))]
    public void Reply_OfEachChatFamily_IsCountedInAnyPieces(string call, string reply, long textBytes)
    {
        var words = call.Split(' ');
        var family = ApiFamilies.Match(words[0], words[1], words[2]).Family;
        var body = family.IsStreamByUrl && words[0] == "bedrock"
            ? [.. reply.Split('\n').Select(frame => frame.Split(' ', 2)).SelectMany(frame => frame[0] == "chunk" ? AwsFrames.Chunk(frame[1]) : AwsFrames.Event(frame[0], frame[1]))]
            : Replies.Bytes(reply);
        for (var at = 0; at <= body.Length; at++)
        {
            var metered = Run(family, Chunking.TwoParts(body, at));
            Assert.Equal((UsageSource.None, textBytes), (metered.UsageSource, metered.TextBytes));
            Assert.Equal(UsageSource.Estimated, UsageEstimate.Apply(metered, default).UsageSource);
        }
    }

    [Fact]
    public void Reply_ThatHoldsNoTextOfTheModels_IsNotEstimated()
    {
        foreach (var family in new[] { CohereApis.Embed, CohereApis.Rerank, OpenAIApis.Embeddings, GoogleApis.EmbedContent })
            Assert.Null(Run(family, Chunking.Whole("""{"texts":["a"],"results":[{"document":{"text":"b"}}]}"""u8.ToArray())).TextBytes);
    }

    [Fact]
    public void Request_ImagesAndFilesInIt_AreNoText()
    {
        var image = Convert.ToBase64String(new byte[3_000]);

        Assert.Equal(2 + 5, Count(Chunking.Whole(Replies.Bytes($$"""{"a":"data:image/png;base64,AAAA","b":"cd","data":"{{image}}","bytes":"short"}""")), null));
        Assert.Equal(600, Count(Chunking.Whole(Replies.Bytes($$"""{"data":"two {{new string('x', 596)}}"}""")), null));
    }

    private static MeteredReply Run(ApiFamily family, IEnumerable<ReadOnlyMemory<byte>> chunks) =>
        new ForwarderModel(new ReplyMeter()).Run(family, chunks, countsText: true, transportComplete: false).Reply;

    [Fact]
    public void Text_CountedInAnyPieces_IsTheSame()
    {
        var body = Encoding.UTF8.GetBytes(Replies.ChatStream + """{"content" : "a\"b", "other":"xyz","content":["12","345"],"text":""}""");
        foreach (var (names, bytes) in new (byte[][]? Names, long? Bytes)[] { (TextNames.Of(OpenAIApis.Chat, isStream: true), null), (null, null), (TextNames.Of(OllamaApis.Chat, isStream: true), null) })
        {
            var whole = Count(Chunking.Whole(body), names);
            Assert.True(whole > 0 && bytes is null);
            for (var at = 0; at <= body.Length; at++)
                Assert.Equal(whole, Count(Chunking.TwoParts(body, at), names));
            Assert.Equal(whole, Count(Chunking.Every(body, 1), names));
        }

        Assert.Equal(4 + 2 + 3, Count(Chunking.Whole("""{"content" : "a\"b", "other":"content","content":["12","345"]}"""u8.ToArray()), TextNames.Of(OllamaApis.Chat, isStream: true)));
        Assert.Equal(0, Count(Chunking.Whole(body), []));
    }

    /// <summary>How far the guess is off, over the recordings whose text and usage are both whole; the documented figures are these.</summary>
    [Fact]
    public void Guess_OverTheRecordings_IsAsFarOffAsDocumented()
    {
        var input = new List<(decimal Guess, long Truth)>();
        var written = new List<(decimal Guess, long Truth)>();
        foreach (var recording in Recordings.All().Where(recording => recording is { Status: 200, IsWholeText: true }))
        {
            var reply = new ForwarderModel(new ReplyMeter()).Run(recording, Chunking.Whole(recording.ResponseBody), countsText: true).Reply;
            if (reply is not { TextBytes: { } text, UsageSource: UsageSource.Provider, Usage.InputTotal: > 0, Usage.OutputTotal: > 0 and { } outputTotal })
                continue;

            input.Add((UsageEstimate.TokensOf(Count(Chunking.Whole(recording.RequestBody), null)), reply.Usage.InputTotal.Value));
            if (reply.Usage.Reasoning is null or 0)
                written.Add((UsageEstimate.TokensOf(text), outputTotal));
        }

        var (inputMedian, inputNinth) = Errors("input", input);
        var (outputMedian, outputNinth) = Errors("output without reasoning", written);
        Assert.True(input.Count >= 50 && written.Count >= 30, $"{input.Count} and {written.Count} exchanges");
        Assert.InRange(inputMedian, 0.20m, 0.60m);
        Assert.InRange(outputMedian, 0.05m, 0.60m);
        Assert.True(inputNinth < 3 && outputNinth < 3);
    }

    private (decimal Median, decimal Ninth) Errors(string what, List<(decimal Guess, long Truth)> pairs)
    {
        var errors = pairs.Select(pair => Math.Abs(pair.Guess - pair.Truth) / pair.Truth).Order().ToList();
        var (median, ninth) = (errors[errors.Count / 2], errors[errors.Count * 9 / 10]);
        output.WriteLine($"{what}: {errors.Count} exchanges, half within {median:P0}, nine in ten within {ninth:P0}");
        return (median, ninth);
    }

    private static long Count(IEnumerable<ReadOnlyMemory<byte>> chunks, byte[][]? names)
    {
        var counter = new TextCounter();
        counter.Begin(names);
        foreach (var chunk in chunks)
            counter.Feed(chunk.Span);
        return counter.Bytes;
    }
}
