using System.Globalization;

namespace Pipeline.EsSink.Rendering;

/// <summary>A decimal as text without exponent and without zeros at its end: `0.0005`, `-12`, `0`.</summary>
internal static class PlainDecimal
{
    /// <summary>29 digits, a leading zero, point and sign.</summary>
    public const int MaxBytes = 32;

    public static int Format(decimal value, Span<byte> target)
    {
        value.TryFormat(target, out var count, default, CultureInfo.InvariantCulture);
        if (!target[..count].Contains((byte)'.')) return count;
        while (target[count - 1] == '0') count--;
        if (target[count - 1] == '.') count--;
        // A negative zero keeps its sign in C#.
        if (count == 2 && target[0] == '-' && target[1] == '0')
        {
            target[0] = (byte)'0';
            return 1;
        }

        return count;
    }

    public static string Of(decimal value)
    {
        Span<byte> text = stackalloc byte[MaxBytes];
        return System.Text.Encoding.ASCII.GetString(text[..Format(value, text)]);
    }
}
