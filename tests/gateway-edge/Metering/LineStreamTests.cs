using Pipeline.GatewayEdge.Metering;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>Streams of one JSON document a line: where they end, and what waits for the event's append.</summary>
public sealed class LineStreamTests
{
    private static readonly byte[] Body = Replies.Bytes(Replies.OllamaLines);
    private static readonly int LastLine = Replies.OllamaLines.IndexOf('\n', StringComparison.Ordinal) + 1;

    [Theory]
    [InlineData("application/x-ndjson")]
    [InlineData("")]
    public void LastLine_WaitsForTheAppend(string contentType)
    {
        var meter = new ForwarderModel(new ReplyMeter());
        for (var at = 0; at <= Body.Length; at++)
        {
            var forwarded = meter.Run(OllamaApis.Chat, Chunking.TwoParts(Body, at), contentType: contentType);
            Assert.True(forwarded.Completed);
            Assert.Equal(Body, forwarded.Sent);
            Assert.InRange(forwarded.SentBeforeAppend, 0, Math.Max(LastLine, at < Body.Length ? at : 0));
            Assert.Equal((true, true, 26L, 290L), (forwarded.Reply.IsStream, forwarded.Reply.IsComplete, forwarded.Reply.Usage!.InputTotal!.Value, forwarded.Reply.Usage.OutputTotal!.Value));
        }
    }

    [Fact]
    public void WholeStream_InOnePiece_HoldsOnlyItsLastLine() =>
        Assert.Equal(LastLine, new ForwarderModel(new ReplyMeter()).Run(OllamaApis.Chat, Chunking.Whole(Body), contentType: "application/x-ndjson").SentBeforeAppend);

    [Fact]
    public void PlainReply_IsNoStream()
    {
        var forwarded = new ForwarderModel(new ReplyMeter()).Run(OllamaApis.Chat, Chunking.Whole(Replies.Bytes(Replies.OllamaPlain)), contentType: "application/json");

        Assert.Equal((false, false, true), (forwarded.Completed, forwarded.Reply.IsStream, forwarded.Reply.IsComplete));
    }

    [Fact]
    public void CutStream_IsPartialWithoutFigures()
    {
        var forwarded = new ForwarderModel(new ReplyMeter()).Run(OllamaApis.Chat, Chunking.Whole(Body[..(LastLine + 20)]), contentType: "application/x-ndjson", transportComplete: false);

        Assert.Equal((true, false), (forwarded.Reply.IsStream, forwarded.Reply.IsComplete));
        Assert.Null(forwarded.Reply.Usage);
    }
}
