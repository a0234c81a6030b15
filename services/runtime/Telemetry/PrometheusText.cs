using System.Buffers;
using System.Buffers.Text;

namespace Pipeline.Runtime.Telemetry;

/// <summary>The Prometheus text exposition format, version 0.0.4, written straight as UTF-8.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Longest text of a double, with room.</summary>
    private const int MaxNumberBytes = 40;

    public static void WriteLine(IBufferWriter<byte> output, ReadOnlySpan<byte> prefix, double value)
    {
        var target = output.GetSpan(prefix.Length + MaxNumberBytes);
        prefix.CopyTo(target);
        output.Advance(prefix.Length + Format(target[prefix.Length..], value));
    }

    public static string EscapeLabel(string value) =>
        value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");

    private static int Format(Span<byte> target, double value)
    {
        int written;
        if (double.IsNaN(value)) written = Put(target, "NaN"u8);
        else if (double.IsInfinity(value)) written = Put(target, value > 0 ? "+Inf"u8 : "-Inf"u8);
        else if (value == Math.Floor(value) && Math.Abs(value) < 1e15) Utf8Formatter.TryFormat((long)value, target, out written);
        else Utf8Formatter.TryFormat(value, target, out written);
        target[written] = (byte)'\n';
        return written + 1;
    }

    private static int Put(Span<byte> target, ReadOnlySpan<byte> text)
    {
        text.CopyTo(target);
        return text.Length;
    }
}
