using System.Globalization;
using System.Text;

namespace Pipeline.Runtime;

/// <summary>A decimal as text without exponent and without zeros at its end: `0.0005`, `-12`, `0`.</summary>
public static class PlainDecimal
{
    /// <summary>29 digits, a leading zero, point and sign.</summary>
    public const int MaxBytes = 32;

    /// <param name="target">At least <see cref="MaxBytes"/>.</param>
    /// <returns>Bytes written.</returns>
    public static int Format(decimal value, Span<byte> target)
    {
        if (!value.TryFormat(target, out var count, default, CultureInfo.InvariantCulture))
            throw new ArgumentException($"needs {MaxBytes} bytes", nameof(target));
        if (target[..count].Contains((byte)'.'))
        {
            while (target[count - 1] == '0') count--;
            if (target[count - 1] == '.') count--;
        }

        // A negative zero keeps its sign in C#.
        if (count != 2 || target[0] != '-' || target[1] != '0') return count;
        target[0] = (byte)'0';
        return 1;
    }

    public static string Of(decimal value)
    {
        Span<byte> text = stackalloc byte[MaxBytes];
        return Encoding.ASCII.GetString(text[..Format(value, text)]);
    }
}
