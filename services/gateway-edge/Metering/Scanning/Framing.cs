namespace Pipeline.GatewayEdge.Metering;

/// <summary>How a body holds its documents.</summary>
internal enum Framing : byte
{
    /// <summary>Nothing but blanks has come yet.</summary>
    NotKnown,

    /// <summary>Server-sent events.</summary>
    EventStream,

    /// <summary>AWS's binary event stream.</summary>
    AwsFrames,

    /// <summary>One document, an array of them, or one after the other.</summary>
    Json,

    /// <summary>Something else, or nothing that is looked at.</summary>
    NotMetered,
}

/// <summary>
/// Tells the framing by the body's first byte, not by the headers: errors to streaming requests are plain JSON, some relays
/// stream unasked, and types are missing or wrong.
/// </summary>
internal struct FramingFinder
{
    private int _markBytes;

    /// <returns>The framing and the position of that byte; blanks and a byte order mark before it are passed over.</returns>
    public (Framing Framing, int Start) Find(ReadOnlySpan<byte> bytes)
    {
        var mark = "\uFEFF"u8;
        for (var at = 0; at < bytes.Length; at++)
        {
            var next = bytes[at];
            if (next is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
                continue;

            if (_markBytes < mark.Length && next == mark[_markBytes])
            {
                _markBytes++;
                continue;
            }

            return (Of(next), at);
        }

        return (Framing.NotKnown, bytes.Length);
    }

    private static Framing Of(byte first) => first switch
    {
        (byte)'{' or (byte)'[' => Framing.Json,

        // data, event, id, retry or a comment.
        (byte)'d' or (byte)'e' or (byte)'i' or (byte)'r' or (byte)':' => Framing.EventStream,

        // The high byte of a length below 16 MiB.
        0 => Framing.AwsFrames,
        _ => Framing.NotMetered,
    };
}
