using System.Buffers;
using Pipeline.GatewayEdge.Metering;

namespace Pipeline.GatewayEdge.Content;

/// <summary>A captured reply's body without its content-encoding.</summary>
/// <param name="Body">Null = it cannot be decoded.</param>
/// <param name="IsCut">The body goes on: more was not taken, is not decoded, or could not be.</param>
internal readonly record struct DecodedReply(ReadOnlyMemory<byte>? Body, bool IsCut)
{
    /// <summary>Decodes at most as much as is taken of a reply that is not encoded: a small body may hold anything.</summary>
    public static DecodedReply Of(CallCapture capture)
    {
        if (capture.ReplyCoding == ContentCoding.Unknown) return default;
        if (capture.ReplyCoding == ContentCoding.Identity || capture.Reply.IsEmpty) return new(capture.Reply, capture.IsReplyCut);
        var body = new ArrayBufferWriter<byte>();
        using var decoder = new ReplyDecoder(capture.ReplyCoding);
        var rest = capture.Reply.Span;
        while (!rest.IsEmpty && body.WrittenCount <= capture.MaxRawBytes && !decoder.IsBroken)
        {
            var piece = rest[..Math.Min(rest.Length, ReplyDecoder.Capacity)];
            rest = rest[piece.Length..];
            decoder.Push(piece);
            for (var bytes = decoder.Read(); !bytes.IsEmpty && body.WrittenCount <= capture.MaxRawBytes; bytes = decoder.Read()) body.Write(bytes);
        }

        if (body.WrittenCount == 0) return default;
        var isOver = body.WrittenCount > capture.MaxRawBytes;
        return new(isOver ? body.WrittenMemory[..capture.MaxRawBytes] : body.WrittenMemory, isOver || !rest.IsEmpty || decoder.IsBroken || capture.IsReplyCut);
    }
}
