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
    public void Text_CountedInAnyPieces_IsTheSame()
    {
        var body = Encoding.UTF8.GetBytes(Replies.ChatStream + """{"content" : "a\"b", "other":"xyz","content":["12","345"],"text":""}""");
        foreach (var (names, bytes) in new (byte[][]? Names, long? Bytes)[] { (TextCounter.NamesOf(ReplyShape.OpenAIChat), null), (null, null), (TextCounter.NamesOf(ReplyShape.OllamaNative), null) })
        {
            var whole = Count(Chunking.Whole(body), names);
            Assert.True(whole > 0 && bytes is null);
            for (var at = 0; at <= body.Length; at++)
                Assert.Equal(whole, Count(Chunking.TwoParts(body, at), names));
            Assert.Equal(whole, Count(Chunking.Every(body, 1), names));
        }

        Assert.Equal(4 + 2 + 3, Count(Chunking.Whole("""{"content" : "a\"b", "other":"content","content":["12","345"]}"""u8.ToArray()), TextCounter.NamesOf(ReplyShape.OllamaNative)));
        Assert.Equal(2, Count(Chunking.Whole("""{"url":"data:image/png;base64,AAAA","b":"cd"}"""u8.ToArray()), null));
        Assert.Equal(0, Count(Chunking.Whole(body), []));
    }

    /// <summary>How far the guess is off, over the recordings whose text and usage are both whole; the documented figures are these.</summary>
    [Fact]
    public void Guess_OverTheRecordings_IsAsFarOffAsDocumented()
    {
        var input = new List<(decimal Guess, long Truth)>();
        var written = new List<(decimal Guess, long Truth)>();
        foreach (var recording in Recordings.All().Where(recording => recording is { Status: 200, IsWholeText: true } && TextCounter.NamesOf(recording.Match.Family.Shape).Length > 0))
        {
            var reply = new ForwarderModel(new ReplyMeter()).Run(recording, Chunking.Whole(recording.ResponseBody)).Reply;
            if (reply is not { UsageSource: UsageSource.Provider, Usage.InputTotal: > 0, Usage.OutputTotal: > 0 and { } outputTotal })
                continue;

            input.Add((UsageEstimate.TokensOf(Count(Chunking.Whole(recording.RequestBody), null))!.Value, reply.Usage.InputTotal.Value));
            var text = Count(Chunking.Whole(recording.ResponseBody), recording.IsStream ? TextCounter.NamesOf(recording.Match.Family.Shape) : PlainNames(recording));
            if (reply.Usage.Reasoning is null or 0)
                written.Add((UsageEstimate.TokensOf(text)!.Value, outputTotal));
        }

        var (inputMedian, inputNinth) = Errors("input", input);
        var (outputMedian, outputNinth) = Errors("output without reasoning", written);
        Assert.True(input.Count >= 50 && written.Count >= 30, $"{input.Count} and {written.Count} exchanges");
        Assert.InRange(inputMedian, 0.20m, 0.60m);
        Assert.InRange(outputMedian, 0.05m, 0.60m);
        Assert.True(inputNinth < 3 && outputNinth < 3);
    }

    /// <summary>In one piece, responses call their text so.</summary>
    private static byte[][] PlainNames(Recording recording) =>
        recording.Match.Family.Shape == ReplyShape.OpenAIResponses ? ["text"u8.ToArray(), "arguments"u8.ToArray()] : TextCounter.NamesOf(recording.Match.Family.Shape);

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
