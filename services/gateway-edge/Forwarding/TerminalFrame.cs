namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>Where an event of a stream ends.</summary>
internal static class TerminalFrame
{
    /// <summary>One past the blank line that ends the event; -1 while it has not come.</summary>
    /// <param name="bytes">From the event's first line on.</param>
    public static int EndOf(ReadOnlySpan<byte> bytes)
    {
        var at = bytes.IndexOfAnyExcept((byte)'\r', (byte)'\n');
        while (at >= 0)
        {
            var lineEnd = bytes[at..].IndexOf((byte)'\n');
            if (lineEnd < 0) return -1;
            at += lineEnd + 1;
            var rest = bytes[at..];
            if (rest.StartsWith("\n"u8)) return at + 1;
            if (rest.StartsWith("\r\n"u8)) return at + 2;
            if (rest.IsEmpty || rest.SequenceEqual("\r"u8)) return -1;
        }

        return -1;
    }
}
