using System.Buffers.Binary;
using System.Text;
using Pipeline.GatewayEdge.Metering;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>AWS event streams: split anywhere, damaged anywhere, of any size.</summary>
public sealed class AwsFrameScannerTests
{
    private static Forwarded Run(byte[] body, int chunkBytes, ApiFamily? family = null, ReplyMeter? meter = null) =>
        new ForwarderModel(meter ?? new ReplyMeter()).Run(
            family ?? BedrockApis.ConverseStream, Chunking.Every(body, chunkBytes), contentType: "application/vnd.amazon.eventstream");

    private static MeteredReply Meter(byte[] body, int chunkBytes = 11, ApiFamily? family = null)
    {
        var forwarded = Run(body, chunkBytes, family);
        Assert.Equal(body, forwarded.Sent);
        return forwarded.Reply;
    }

    [Fact]
    public void Checksum_IsTheOneOfZlib()
    {
        Assert.Equal(0xCBF43926u, Crc32.Of("123456789"u8));
        Assert.Equal(0u, Crc32.Of(default));
        var random = new Random(3);
        for (var length = 0; length < 100; length++)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            Assert.Equal(AwsFrames.Slow(bytes), Crc32.Of(bytes));
            Assert.Equal(Crc32.Of(bytes), Crc32.Of(bytes.AsSpan(length / 3), Crc32.Of(bytes.AsSpan(0, length / 3))));
        }
    }

    [Fact]
    public void Converse_SplitAnywhere_GivesTheSameEventBeforeItsLastMessageIsWhole()
    {
        var body = AwsFrames.Converse;
        var whole = Run(body, body.Length);
        Assert.Equal((5, 3, 8), (whole.Reply.Usage!.InputTotal, whole.Reply.Usage.OutputTotal, whole.Reply.Usage.ProviderTotal));
        Assert.True(whole is { Completed: true, Reply: { IsComplete: true, IsStream: true, ParseFailures: 0 } });
        Assert.Equal(body.Length - AwsFrames.Metadata.Length, whole.SentBeforeAppend);

        var meter = new ReplyMeter();
        for (var at = 0; at <= body.Length; at++)
        {
            var split = new ForwarderModel(meter).Run(BedrockApis.ConverseStream, Chunking.TwoParts(body, at), contentType: "application/vnd.amazon.eventstream");
            ReplyAssert.Equal(whole.Reply, split.Reply);
            Assert.Equal(body, split.Sent);
            Assert.True(split.Completed);
            Assert.InRange(split.SentBeforeAppend, 0, body.Length - 1);
        }

        for (var size = 1; size < 40; size++)
            ReplyAssert.Equal(whole.Reply, Run(body, size, meter: meter).Reply);
    }

    [Fact]
    public void AnyByteBroken_IsForwardedAndCountedAndNeverMadeUp()
    {
        var whole = Meter(AwsFrames.Converse);
        for (var at = 0; at < AwsFrames.Converse.Length; at++)
        {
            var broken = (byte[])AwsFrames.Converse.Clone();
            broken[at] ^= 0x41;
            var reply = Meter(broken);
            Assert.NotEqual(0, reply.ParseFailures);
            if (reply.Usage is not null)
                Assert.Equal(whole.Usage!.ProviderTotal, reply.Usage.ProviderTotal);
        }
    }

    [Fact]
    public void MessageWithAWrongChecksum_DoesNotCountAndTheNextOneDoes()
    {
        var text = (byte[])AwsFrames.Text.Clone();
        text[40] ^= 1;
        var reply = Meter([.. text, .. AwsFrames.Metadata]);
        Assert.Equal((1, 8), (reply.ParseFailures, reply.Usage!.ProviderTotal));

        var metadata = (byte[])AwsFrames.Metadata.Clone();
        metadata[^1] ^= 1;
        reply = Meter([.. AwsFrames.Text, .. metadata]);
        Assert.Equal((1, false, UsageSource.None), (reply.ParseFailures, reply.IsComplete, reply.UsageSource));
    }

    [Fact]
    public void WrongPrelude_EndsTheReadingAndNotTheForwarding()
    {
        var text = (byte[])AwsFrames.Text.Clone();
        text[2] ^= 1;
        var reply = Meter([.. AwsFrames.Stop, .. text, .. AwsFrames.Metadata]);

        Assert.Equal((1, false), (reply.ParseFailures, reply.IsComplete));
        Assert.Equal(["end_turn"], reply.FinishReasons);
        Assert.Null(reply.Usage);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(15u)]
    [InlineData(uint.MaxValue)]
    [InlineData(0x7fff_ffffu)]
    public void LengthThatCannotBe_WithARightChecksum_EndsTheReading(uint length)
    {
        var message = (byte[])AwsFrames.Text.Clone();
        BinaryPrimitives.WriteUInt32BigEndian(message, length);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), AwsFrames.Slow(message.AsSpan(0, 8)));

        Assert.Equal(1, Meter([.. message, .. AwsFrames.Metadata]).ParseFailures);
    }

    [Fact]
    public void PreludeWithAWrongChecksum_InsideARightOne_EndsTheReading()
    {
        var message = (byte[])AwsFrames.Text.Clone();
        message[8] ^= 1;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(message.Length - 4), AwsFrames.Slow(message.AsSpan(0, message.Length - 4)));

        Assert.Equal(1, Meter([.. message, .. AwsFrames.Metadata]).ParseFailures);
    }

    [Fact]
    public void HeadersLongerThanTheMessage_EndTheReading()
    {
        var message = (byte[])AwsFrames.Text.Clone();
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), message.Length);
        AwsFrames.Seal(message);

        Assert.Equal(1, Meter([.. message, .. AwsFrames.Metadata]).ParseFailures);
    }

    /// <summary>Every type of header value stands before the ones that are wanted.</summary>
    [Fact]
    public void HeadersOfEveryType_ArePassedOver()
    {
        byte[] headers =
        [
            1, (byte)'a', 0, 1, (byte)'b', 1, 1, (byte)'c', 2, 9, 1, (byte)'d', 3, 0, 9, 1, (byte)'e', 4, 0, 0, 0, 9,
            1, (byte)'f', 5, .. new byte[8], 1, (byte)'g', 6, 0, 3, 1, 2, 3, 1, (byte)'h', 8, .. new byte[8], 1, (byte)'i', 9, .. new byte[16],
            .. AwsFrames.Header(":event-type", "metadata"), .. AwsFrames.Header(":message-type", "event"),
        ];
        var reply = Meter(AwsFrames.Message(headers, """{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"""));

        Assert.Equal((0, 2), (reply.ParseFailures, reply.Usage!.ProviderTotal));
    }

    [Fact]
    public void BrokenHeaders_WithRightChecksums_NeverThrow()
    {
        var random = new Random(5);
        for (var trial = 0; trial < 20_000; trial++)
        {
            var message = (byte[])AwsFrames.Metadata.Clone();
            for (var count = random.Next(1, 4); count > 0; count--)
                message[random.Next(12, message.Length - 4)] = (byte)random.Next(256);
            AwsFrames.Seal(message);
            Run([.. message, .. AwsFrames.Stop], 50);
        }
    }

    [Theory]
    [InlineData("{\"bytes\":\"not base64!\"}")]
    [InlineData("{\"bytes\":7}")]
    [InlineData("{\"p\":\"a\"}")]
    [InlineData("[1]")]
    [InlineData("")]
    [InlineData("{\"bytes\":\"\\ud800\"}")]
    [InlineData("{\"bytes\":\"eyJhIjo=\"}")]
    public void ChunkThatHoldsNoDocument_IsCountedAndTheNextOneIsRead(string payload)
    {
        var last = AwsFrames.Chunk("""{"stop_reason":"stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":4,"outputTokenCount":2}}""");
        var reply = Meter([.. AwsFrames.Event("chunk", payload), .. last], family: BedrockApis.InvokeStream);

        Assert.Equal((1, 4, 2), (reply.ParseFailures, reply.Usage!.InputTotal, reply.Usage.OutputTotal));
        Assert.True(reply.IsComplete);
    }

    /// <summary>An escaped slash is the only escape that base64 text can have.</summary>
    [Fact]
    public void ChunkWithEscapes_IsRead()
    {
        var encoded = Convert.ToBase64String("{\"prompt_token_count\":1,\"generation\":\"???\"}"u8).Replace("/", "\\/", StringComparison.Ordinal);
        Assert.Contains("\\/", encoded, StringComparison.Ordinal);
        var reply = Meter(AwsFrames.Event("chunk", $$"""{"bytes":"{{encoded}}"}"""), family: BedrockApis.InvokeStream);

        Assert.Equal((0, 1), (reply.ParseFailures, reply.Usage!.InputTotal));
    }

    [Fact]
    public void Exception_EndsTheStreamInErrorAfterA200()
    {
        var forwarded = Run([.. AwsFrames.Text, .. AwsFrames.Exception("modelStreamErrorException")], 9);

        Assert.True(forwarded is { Completed: true, Reply: { IsComplete: false, IsErrorInside200: true } });
        Assert.Equal("modelStreamErrorException", forwarded.Reply.ErrorType);
    }

    [Fact]
    public void MessageOverTheBound_IsPassedOverAndTheNextOneIsRead()
    {
        var large = AwsFrames.Event("contentBlockDelta", "{\"delta\":{\"text\":\"" + new string('x', AwsFrameScanner.MaxReadBytes) + "\"}}");
        foreach (var chunkBytes in new[] { 5, 4096, large.Length + 3, int.MaxValue / 2 })
        {
            var reply = Meter([.. AwsFrames.Stop, .. large, .. AwsFrames.Metadata], chunkBytes);
            Assert.Equal((1, 0, 8), (reply.LimitsReached, reply.ParseFailures, reply.Usage!.ProviderTotal));
        }
    }

    /// <summary>A message of 16 MiB that never comes, and a stream that never ends.</summary>
    [Fact]
    public void EndlessInput_IsForwardedInBoundedMemory()
    {
        var prelude = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(prelude, AwsFrame.MaxBytes);
        BinaryPrimitives.WriteUInt32BigEndian(prelude.AsSpan(8), AwsFrames.Slow(prelude.AsSpan(0, 8)));
        byte[][] starts = [prelude, AwsFrames.Text[..20], [0]];
        var chunk = new byte[64 * 1024];
        foreach (var start in starts)
        {
            var meter = new ReplyMeter();
            meter.Begin(BedrockApis.ConverseStream, 200, "application/vnd.amazon.eventstream", "", isInjected: false, isRelay: false);
            meter.Feed(start);
            var forwarded = 0L;
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var count = 0; count < 400; count++)
                forwarded += meter.Feed(chunk).ForwardNow;

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 * 1024);
            Assert.Equal(400L * chunk.Length, forwarded);
            Assert.Null(meter.End(transportComplete: false).Usage);
        }
    }

    [Theory]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(int.MaxValue)]
    public void Chunks_OfARunningStream_AllocateNothing(int chunkBytes)
    {
        var document = """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}""";
        foreach (var (family, body) in new[] { (BedrockApis.ConverseStream, AwsFrames.Text), (BedrockApis.InvokeStream, AwsFrames.Chunk(document)) })
        {
            var meter = new ReplyMeter();
            meter.Begin(family, 200, "application/vnd.amazon.eventstream", "", isInjected: false, isRelay: false);
            Feed(meter, body, chunkBytes);

            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var round = 0; round < 100; round++)
                Feed(meter, body, chunkBytes);

            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    private static void Feed(ReplyMeter meter, byte[] body, int chunkBytes)
    {
        for (var at = 0; at < body.Length; at += Math.Min(chunkBytes, body.Length))
            meter.Feed(body.AsSpan(at, Math.Min(chunkBytes, body.Length - at)));
    }

    [Fact]
    public void Truncation_AtEveryByte_IsNotComplete()
    {
        for (var length = 0; length < AwsFrames.Converse.Length; length++)
        {
            var reply = new ForwarderModel(new ReplyMeter()).Run(
                BedrockApis.ConverseStream, Chunking.Every(AwsFrames.Converse[..length], 13), contentType: "application/vnd.amazon.eventstream", transportComplete: false).Reply;
            Assert.Equal((false, UsageSource.None), (reply.IsComplete, reply.UsageSource));
            Assert.True(reply.IsStream);
        }
    }

    /// <summary>A family of text that gets binary, and the other way round.</summary>
    [Fact]
    public void AnyFraming_InAnyFamily_IsReadForWhatItIs()
    {
        Assert.Null(Meter(AwsFrames.Converse, family: OpenAIApis.Chat).Usage);
        var plain = Meter(Encoding.UTF8.GetBytes("""{"stopReason":"end_turn","usage":{"inputTokens":5,"outputTokens":3,"totalTokens":8}}"""));
        Assert.Equal((8, false), (plain.Usage!.ProviderTotal, plain.IsStream));
    }
}
