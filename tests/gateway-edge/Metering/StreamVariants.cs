using System.Text;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>The same stream as other servers and relays would write it.</summary>
internal static class StreamVariants
{
    public static IEnumerable<(string How, byte[] Body)> Of(byte[] body, bool isEventStream)
    {
        // Latin-1 keeps every byte, also of text that is cut inside a character.
        var text = Encoding.Latin1.GetString(body).Replace("\r\n", "\n", StringComparison.Ordinal);
        yield return ("LF", Bytes(text));
        yield return ("CRLF", Bytes(text.Replace("\n", "\r\n", StringComparison.Ordinal)));
        if (isEventStream)
        {
            yield return ("comments", Bytes(": keep-alive\n\n" + text.Replace("\n\n", "\n\n: data: [DONE]\n\n:\n\n", StringComparison.Ordinal)));
            yield return ("ids", Bytes(text.Replace("\n\n", "\nid: 7\nretry: 10\n\n", StringComparison.Ordinal)));
            yield return ("byte order mark", [.. "\uFEFF"u8, .. body]);
        }
        else
        {
            yield return ("blank lines", Bytes(text.Replace("\n", "\n\n", StringComparison.Ordinal)));
        }
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
