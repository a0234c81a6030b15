using System.IO.Compression;
using Pipeline.GatewayEdge.Metering;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>Bodies with a content encoding: forwarded as they are, metered as if they had none.</summary>
public sealed class EncodedRepliesTests
{
    private static byte[] Encode(string coding, byte[] body, bool flushOften)
    {
        var encoded = new MemoryStream();
        using (Stream stream = coding switch
        {
            "gzip" => new GZipStream(encoded, CompressionLevel.Fastest),
            "br" => new BrotliStream(encoded, CompressionLevel.Fastest),
            "deflate" => new ZLibStream(encoded, CompressionLevel.Fastest),
            _ => new DeflateStream(encoded, CompressionLevel.Fastest),
        })
        {
            foreach (var chunk in Chunking.Every(body, flushOften ? 200 : body.Length))
            {
                stream.Write(chunk.Span);
                stream.Flush();
            }
        }

        return encoded.ToArray();
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("bare deflate")]
    public void EncodedStream_SplitAnywhere_GivesTheSameEvent(string coding)
    {
        foreach (var (family, text) in new[]
        {
            (OpenAIApis.Chat, Replies.ChatStream),
            (OpenAIApis.Chat, Replies.ChatPlain),
            (AnthropicApis.Messages, Replies.MessagesStream),
            (GoogleApis.StreamGenerateContent, Replies.GeminiArrayStream),
        })
        {
            var expected = new ForwarderModel(new ReplyMeter()).Run(family, Chunking.Whole(Replies.Bytes(text)));
            var encoded = Encode(coding, Replies.Bytes(text), flushOften: true);
            var header = coding == "bare deflate" ? "Deflate" : coding;
            var model = new ForwarderModel(new ReplyMeter());
            for (var at = 0; at <= encoded.Length; at++)
                AssertSame(expected, encoded, model.Run(family, Chunking.TwoParts(encoded, at), contentEncoding: header));
            AssertSame(expected, encoded, model.Run(family, Chunking.Every(encoded, 1), contentEncoding: header));
        }
    }

    /// <summary>More than any buffer holds, behind the end of the encoded data.</summary>
    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("bare deflate")]
    public void EncodedBody_WithBytesBehindItsEnd_IsForwardedAndMetered(string coding)
    {
        var trailing = new byte[300_000];
        new Random(1).NextBytes(trailing);
        byte[] body = [.. Encode(coding, Replies.Bytes(Replies.ChatPlain), flushOften: false), .. trailing];
        foreach (var chunks in (int[])[body.Length, 16 * 1024, 1_000])
        {
            var forwarded = new ForwarderModel(new ReplyMeter()).Run(OpenAIApis.Chat, Chunking.Every(body, chunks), contentEncoding: coding == "bare deflate" ? "Deflate" : coding);
            Assert.Equal(body, forwarded.Sent);
            Assert.Equal(100, forwarded.Reply.Usage?.InputTotal);
        }
    }

    private static void AssertSame(Forwarded expected, byte[] encoded, Forwarded actual)
    {
        ReplyAssert.Equal(expected.Reply, actual.Reply);
        Assert.Equal(encoded, actual.Sent);
        Assert.Equal(expected.Completed, actual.Completed);
    }

    [Fact]
    public void EncodedRecordings_GiveTheSameEvent()
    {
        foreach (var recording in Recordings.All())
        {
            var plain = new ForwarderModel(new ReplyMeter()).Run(recording, Chunking.Whole(recording.ResponseBody));
            foreach (var coding in new[] { "gzip", "br", "deflate" })
            {
                var encoded = Encode(coding, recording.ResponseBody, flushOften: false);
                var forwarded = new ForwarderModel(new ReplyMeter()).Run(
                    recording, Chunking.Every(encoded, 100), contentEncoding: coding);
                AssertSame(plain, encoded, forwarded);
            }
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("zstd")]
    [InlineData("gzip, br")]
    public void BodyNotOfItsCoding_IsForwardedAndMarked(string coding)
    {
        var body = Replies.Bytes(Replies.ChatPlain);
        var forwarded = new ForwarderModel(new ReplyMeter()).Run(OpenAIApis.Chat, Chunking.Every(body, 10), contentEncoding: coding);

        Assert.Equal(body, forwarded.Sent);

        // Any bytes may pass for bare deflate; what comes out is no JSON then.
        Assert.True(forwarded.Reply.IsUndecodable || forwarded.Reply.ParseFailures > 0);
        Assert.Equal(UsageSource.None, forwarded.Reply.UsageSource);
    }

    [Fact]
    public void EncodedStream_EveryByteBroken_NeverThrows()
    {
        foreach (var coding in new[] { "gzip", "br", "deflate" })
        {
            var encoded = Encode(coding, Replies.Bytes(Replies.ChatStream), flushOften: true);
            for (var at = 0; at < encoded.Length; at++)
            {
                var broken = (byte[])encoded.Clone();
                broken[at] ^= 0x55;
                var forwarded = new ForwarderModel(new ReplyMeter()).Run(OpenAIApis.Chat, Chunking.Every(broken, 64), contentEncoding: coding);
                Assert.Equal(broken, forwarded.Sent);
            }
        }
    }

    [Fact]
    public void InjectedCall_AnsweredEncoded_IsNotCut()
    {
        var encoded = Encode("gzip", Replies.Bytes(Replies.ChatStream), flushOften: true);
        var forwarded = new ForwarderModel(new ReplyMeter()).Run(
            OpenAIApis.Chat, Chunking.Every(encoded, 50), contentEncoding: "gzip", isInjected: true);

        Assert.Equal(encoded, forwarded.Sent);
        Assert.False(forwarded.Reply.IsUsageChunkCut);
        Assert.Equal(17, forwarded.Reply.Usage!.ProviderTotal);
    }
}
