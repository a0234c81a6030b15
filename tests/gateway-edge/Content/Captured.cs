using System.Text;
using Pipeline.GatewayEdge.Content;
using Pipeline.GatewayEdge.Tests.Telemetry;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Tests.Content;

/// <summary>A reply's bytes as they become a record: captured read by read, then rendered.</summary>
internal static class Captured
{
    private const int ReadBytes = 97;

    public static CallContent Reply(string reply, string type, int maxBytes = 64 * 1024, int maxRawBytes = 1 << 20) =>
        Reply(Encoding.UTF8.GetBytes(reply), type, "", maxBytes, maxRawBytes);

    public static CallContent Reply(byte[] reply, string type, string encoding, int maxBytes = 64 * 1024, int maxRawBytes = 1 << 20)
    {
        using var capture = new CallCapture(new ContentBudget(1 << 24), maxRawBytes);
        capture.BeginReply(type, encoding);
        foreach (var read in reply.Chunk(ReadBytes)) capture.Append(read);
        return new ContentRendering(new Redaction([]), maxBytes).Render(SampleAudits.One(), capture);
    }

    public static IEnumerable<string> Pieces(string text, int chars) => text.Chunk(chars).Select(static piece => new string(piece));
}
