namespace Pipeline.GatewayEdge.Metering;

/// <summary>What a reply's content-type says. It is a hint: the body's first byte has the last word wherever that can tell.</summary>
internal static class ReplyType
{
    /// <summary>Server-sent events or AWS's binary ones.</summary>
    public static bool IsEventStream(ReadOnlySpan<char> contentType) =>
        Says(contentType, "text/event-stream") || IsAwsFrames(contentType);

    public static bool IsAwsFrames(ReadOnlySpan<char> contentType) => Says(contentType, "application/vnd.amazon.eventstream");

    /// <summary>One JSON document a line.</summary>
    public static bool IsLines(ReadOnlySpan<char> contentType) =>
        Says(contentType, "application/x-ndjson")
        || Says(contentType, "application/ndjson")
        || Says(contentType, "application/jsonl")
        || Says(contentType, "application/stream+json");

    /// <summary>Audio or plain text, whose first byte may be that of anything.</summary>
    public static bool IsOpaque(ApiFamily family, ReadOnlySpan<char> contentType) =>
        family.MayBeOpaque
        && !contentType.IsWhiteSpace()
        && !contentType.Contains("json", StringComparison.OrdinalIgnoreCase)
        && !IsEventStream(contentType);

    private static bool Says(ReadOnlySpan<char> contentType, string type) =>
        contentType.TrimStart().StartsWith(type, StringComparison.OrdinalIgnoreCase);
}
