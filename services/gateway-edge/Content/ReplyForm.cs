using System.Text.Json;
using Pipeline.GatewayEdge.Metering;

namespace Pipeline.GatewayEdge.Content;

/// <summary>What a captured reply is made of.</summary>
/// <param name="Stream">Null = one JSON document, if anything that can be kept.</param>
/// <param name="Start">Of the first byte that counts.</param>
internal readonly record struct ReplyForm(StreamFraming? Stream, int Start)
{
    private const int MaxDepth = 64;

    /// <summary>
    /// As in metering, the body's first byte has the last word over its type: a stream that is taken for one document is redacted piece by
    /// piece, and what is split over two pieces is seen in neither.
    /// </summary>
    public static ReplyForm Of(ReadOnlySpan<byte> reply, string type)
    {
        var (framing, start) = new FramingFinder().Find(reply);
        return framing switch
        {
            Framing.EventStream => new(StreamFraming.Events, start),
            Framing.AwsFrames => new(StreamFraming.AwsFrames, start),
            Framing.Json when ReplyType.IsLines(type) || HoldsDocuments(reply[start..]) => new(StreamFraming.Documents, start),
            Framing.Json => new(null, start),
            _ when ReplyType.IsAwsFrames(type) => new(StreamFraming.AwsFrames, 0),
            _ when ReplyType.IsEventStream(type) => new(StreamFraming.Events, 0),
            _ => default,
        };
    }

    /// <summary>An array of objects, or a second document behind the first.</summary>
    private static bool HoldsDocuments(ReadOnlySpan<byte> json)
    {
        if (json[0] == '[') return StartsObject(json[1..]);
        var reader = new Utf8JsonReader(json, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = MaxDepth }));
        try
        {
            return reader.Read() && reader.TrySkip() && StartsObject(json[(int)reader.BytesConsumed..]);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool StartsObject(ReadOnlySpan<byte> json) => json.TrimStart(" \t\r\n"u8) is [(byte)'{', ..];
}
