using System.IO.Compression;
using System.Text;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Content;

/// <summary>Replies that come encoded, because what the caller accepts is signed: decoded for the record where that can be done.</summary>
public sealed class EncodedReplyTests
{
    private const string Plain = "application/json";
    private const string Said = """{"message":{"content":"ask ann@example.com"}}""";

    [Theory]
    [InlineData("gzip")]
    [InlineData("x-gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public void Reply_OfAKnownCoding_IsDecoded(string coding)
    {
        var content = Captured.Reply(Encoded(coding, Said), Plain, coding);

        Assert.Equal(("""{"message":{"content":"ask [email]"}}""", ContentState.Whole), (content.Reply, content.ReplyState));
    }

    [Fact]
    public void Stream_Encoded_IsPutTogether()
    {
        var stream = string.Concat(Captured.Pieces("ask ann@example.com", 3).Select(static piece => $$"""data: {"delta":"{{piece}}"}""" + "\n\n"));

        Assert.Equal("""{"delta":"ask [email]"}""", Captured.Reply(Encoded("gzip", stream), "text/event-stream", "gzip").Reply);
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip, br")]
    [InlineData("gzip")]
    public void Reply_ThatCannotBeDecoded_SaysSo(string coding)
    {
        var content = Captured.Reply(Encoding.UTF8.GetBytes(Said), Plain, coding);

        Assert.Equal((null, ContentState.Encoded), (content.Reply, content.ReplyState));
    }

    /// <summary>A small body may decode to anything: no more of it is read than of one that is not encoded.</summary>
    [Fact]
    public void Reply_ThatDecodesToTooMuch_IsCut()
    {
        var bomb = Encoded("gzip", $$"""{"a":"{{new string('x', 30_000_000)}}"}""");

        var content = Captured.Reply(bomb, Plain, "gzip", maxRawBytes: 400_000);

        Assert.InRange(bomb.Length, 0, 400_000);
        Assert.Equal((ContentState.Cut, 64 * 1024), (content.ReplyState, content.Reply!.Length));
    }

    [Fact]
    public void Reply_BrokenOnItsWay_KeepsItsBeginning()
    {
        var encoded = Encoded("gzip", $$"""{"a":"ann@example.com","b":"{{Noise(40_000)}}"}""");
        encoded[encoded.Length / 2] ^= 0xff;
        encoded[encoded.Length / 2 + 1] ^= 0xff;

        var content = Captured.Reply(encoded, Plain, "gzip");

        Assert.Equal(ContentState.Cut, content.ReplyState);
        Assert.StartsWith("""{"a":"[email]","b":""", content.Reply);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public void Bytes_BehindTheEncodedBody_DoNoHarm(string coding)
    {
        byte[] encoded = [.. Encoded(coding, Said), .. Encoding.ASCII.GetBytes(Noise(100_000))];

        var content = Captured.Reply(encoded, Plain, coding);

        Assert.StartsWith("""{"message":{"content":"ask [email]""", content.Reply);
    }

    private static string Noise(int chars)
    {
        var random = new Random(1);
        return string.Concat(Enumerable.Range(0, chars).Select(_ => (char)random.Next('a', 'z')));
    }

    private static byte[] Encoded(string coding, string text)
    {
        var encoded = new MemoryStream();
        using (Stream stream = coding switch
        {
            "br" => new BrotliStream(encoded, CompressionLevel.Fastest),
            "deflate" => new ZLibStream(encoded, CompressionLevel.Fastest),
            _ => new GZipStream(encoded, CompressionLevel.Fastest),
        })
            stream.Write(Encoding.UTF8.GetBytes(text));
        return encoded.ToArray();
    }
}
