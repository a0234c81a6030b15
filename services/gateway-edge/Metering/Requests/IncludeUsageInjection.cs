using System.Buffers;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>Asks for a stream's usage on the caller's behalf: the same body with <c>stream_options.include_usage</c> true.</summary>
internal static class IncludeUsageInjection
{
    /// <summary>
    /// Writes the changed body, every other byte as it was: a missing <c>stream_options</c> is added as the last member, null is
    /// replaced, an object is merged into, an explicit false or null is replaced.
    /// </summary>
    /// <returns>
    /// False, with nothing written, when there is nothing to ask for: no stream, asked already, not readable, malformed options.
    /// </returns>
    public static bool TryRewrite(ReadOnlySpan<byte> body, RequestFacts facts, IBufferWriter<byte> into)
    {
        if (!facts.AsksForStream || facts.Readability != RequestReadability.Read)
            return false;

        if (facts.IncludeUsage is IncludeUsageState.True or IncludeUsageState.Malformed)
            return false;

        var point = facts.InjectionPoint;
        if (point.ValueStart >= 0)
            Replace(body, point.ValueStart, point.ValueEnd, "true"u8, into);
        else if (point.OptionsIsObject)
            Insert(body, point.OptionsStart + 1, point.OptionsIsEmpty ? "\"include_usage\":true"u8 : "\"include_usage\":true,"u8, into);
        else if (point.OptionsStart >= 0)
            Replace(body, point.OptionsStart, point.OptionsEnd, "{\"include_usage\":true}"u8, into);
        else
            Insert(body, point.RootEnd, ",\"stream_options\":{\"include_usage\":true}"u8, into);

        return true;
    }

    private static void Insert(ReadOnlySpan<byte> body, int at, ReadOnlySpan<byte> member, IBufferWriter<byte> into) =>
        Replace(body, at, at, member, into);

    private static void Replace(ReadOnlySpan<byte> body, int start, int end, ReadOnlySpan<byte> with, IBufferWriter<byte> into)
    {
        into.Write(body[..start]);
        into.Write(with);
        into.Write(body[end..]);
    }
}
