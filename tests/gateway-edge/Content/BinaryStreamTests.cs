using System.Text.Json;
using Pipeline.GatewayEdge.Content;
using Pipeline.GatewayEdge.Tests.Metering;
using Pipeline.GatewayEdge.Tests.Telemetry;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Content;

/// <summary>Bedrock's binary event streams: their texts put together, redacted and cut like those of any other stream.</summary>
public sealed class BinaryStreamTests
{
    private const int MaxBytes = 1_000;
    private const string FrameType = "application/vnd.amazon.eventstream";
    private const string Said = "write to ann@example.com with sk-abcdefghijklmnopqrst";

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Converse_SecretInManyMessages_IsRedactedAsAWhole(int pieceChars)
    {
        byte[] stream =
        [
            .. AwsFrames.Event("messageStart", """{"role":"assistant","p":"ab"}"""),
            .. Pieces(Said, pieceChars).SelectMany(piece => Delta(0, piece)),
            .. AwsFrames.Event("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"to\":\"bob@exa"}}}"""),
            .. AwsFrames.Event("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"toolUse":{"input":"mple.com\"}"}}}"""),
            .. AwsFrames.Event("contentBlockDelta", """{"contentBlockIndex":2,"delta":{"reasoningContent":{"text":"hm"}}}"""),
            .. AwsFrames.Stop, .. AwsFrames.Metadata,
        ];

        var content = Render(stream, MaxBytes, out _);

        Assert.Equal(
            """{"delta.text#0":"write to [email] with [key]","delta.toolUse.input#1":"{\"to\":\"[email]\"}","delta.reasoningContent.text#2":"hm"}""",
            content.Reply);
        Assert.Equal((ContentState.Whole, 3L), (content.ReplyState, content.Redactions));
    }

    [Theory]
    [InlineData("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"PIECE"}}""", "delta.text#0")]
    [InlineData("""{"contentBlockDelta":{"delta":{"text":"PIECE"},"contentBlockIndex":0}}""", "contentBlockDelta.delta.text")]
    [InlineData("""{"generation":"PIECE","generation_token_count":1}""", "generation")]
    [InlineData("""{"outputText":"PIECE","index":0}""", "outputText#0")]
    [InlineData("""{"completion":"PIECE","stop_reason":null}""", "completion")]
    [InlineData("""{"outputs":[{"text":"PIECE","stop_reason":null}]}""", "outputs.0.text")]
    public void Invoke_OfEachVendor_IsUnwrappedAndPutTogether(string document, string place)
    {
        byte[] stream = [.. Pieces(Said, 5).SelectMany(piece => AwsFrames.Chunk(document.Replace("PIECE", piece, StringComparison.Ordinal)))];

        Assert.Equal($$"""{"{{place}}":"write to [email] with [key]"}""", Render(stream, MaxBytes, out _).Reply);
    }

    [Fact]
    public void Message_ThatIsBroken_IsLeftOut()
    {
        var broken = Delta(0, "b");
        broken[^1] ^= 1;
        var prelude = Delta(0, "e");
        prelude[9] ^= 1;

        byte[] stream = [.. Delta(0, "a"), .. broken, .. AwsFrames.Event("chunk", """{"bytes":"!"}"""), .. AwsFrames.Exception("throttlingException"), .. Delta(0, "c"), .. prelude, .. Delta(0, "f")];

        Assert.Equal("""{"delta.text#0":"ac"}""", Render(stream, MaxBytes, out _).Reply);
    }

    /// <summary>Cut wherever it may be, nothing of a secret near the cut is kept.</summary>
    [Fact]
    public void Stream_CutAnywhere_KeepsItsBeginningWithoutASecret()
    {
        byte[] start = [.. Delta(0, new string('a', 5_000))];
        byte[] stream = [.. start, .. Pieces(" sk-secretsecretsecretsecret ", 4).SelectMany(piece => Delta(0, piece)), .. Delta(0, new string('b', 5_000))];

        for (var length = start.Length; length < stream.Length; length += 13)
        {
            var content = Render(stream, 6_000, out var capture, length);
            Assert.True(capture.IsReplyCut);
            Assert.Equal(ContentState.Cut, content.ReplyState);
            Assert.StartsWith("{\"delta.text#0\":\"aaa", content.Reply);
            Assert.DoesNotContain("sk-", content.Reply);
            Assert.DoesNotContain("secret", content.Reply);
        }
    }

    [Fact]
    public void Text_LargerThanTheCap_IsCutToIt()
    {
        byte[] stream = [.. Enumerable.Range(0, 100).SelectMany(_ => Delta(0, new string('x', 100)))];

        var content = Render(stream, MaxBytes, out _);

        Assert.Equal(ContentState.Cut, content.ReplyState);
        Assert.Equal(MaxBytes, content.Reply!.Length);
    }

    private static byte[] Delta(int block, string text) => AwsFrames.Event(
        "contentBlockDelta", $$$"""{"contentBlockIndex":{{{block}}},"delta":{"text":{{{JsonSerializer.Serialize(text)}}}},"p":"abcdefgh"}""");

    private static IEnumerable<string> Pieces(string text, int chars) => text.Chunk(chars).Select(static piece => new string(piece));

    private static CallContent Render(byte[] stream, int maxBytes, out CallCapture capture, int maxRawBytes = int.MaxValue)
    {
        using var taken = capture = new CallCapture(new ContentBudget(1 << 24), maxRawBytes);
        capture.BeginReply(FrameType, "");
        foreach (var read in stream.Chunk(97)) capture.Append(read);
        return new ContentRendering(new Redaction([]), maxBytes).Render(SampleAudits.One(), capture);
    }
}
