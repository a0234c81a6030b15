using System.Globalization;

namespace Pipeline.UsageEnricher.Pricing.Rows;

/// <summary>Decimals as text without exponent and without zeros at the end of the fraction.</summary>
internal static class PlainDecimal
{
    /// <summary>Sign, 29 digits, point and a leading zero fit.</summary>
    public const int MaxLength = 40;

    /// <returns>Bytes written.</returns>
    public static int Format(decimal value, Span<byte> text)
    {
        if (!value.TryFormat(text, out var length, default, CultureInfo.InvariantCulture))
            throw new ArgumentException($"needs {MaxLength} bytes", nameof(text));
        if (text[..length].IndexOf((byte)'.') < 0) return length;

        while (text[length - 1] == '0') length--;
        return text[length - 1] == '.' ? length - 1 : length;
    }
}
