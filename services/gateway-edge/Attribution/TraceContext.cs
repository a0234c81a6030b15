namespace Pipeline.GatewayEdge.Attribution;

/// <summary>Reads W3C `traceparent` (version 00 and later ones that begin alike): `vv-traceid-spanid-ff`.</summary>
internal static class TraceContext
{
    private const int Length = 55;

    /// <returns>False, with nulls, when the header is not one the specification allows.</returns>
    public static bool TryRead(string? header, out string? traceId, out string? spanId)
    {
        traceId = spanId = null;
        if (header is null || header.Length < Length || (header.Length > Length && header[Length] != '-')) return false;
        if (header[2] != '-' || header[35] != '-' || header[52] != '-') return false;
        var version = header.AsSpan(0, 2);
        if (!IsLowerHex(version) || version is "ff" || (version is "00" && header.Length != Length)) return false;
        var trace = header.AsSpan(3, 32);
        var span = header.AsSpan(36, 16);
        if (!IsLowerHex(trace) || !IsLowerHex(span) || !trace.ContainsAnyExcept('0') || !span.ContainsAnyExcept('0')) return false;
        traceId = trace.ToString();
        spanId = span.ToString();
        return true;
    }

    private static bool IsLowerHex(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
            if (!char.IsAsciiHexDigitLower(character)) return false;
        return true;
    }
}
