using System.Globalization;
using System.Text;
using Xunit;

namespace Pipeline.Runtime.Tests;

public sealed class PlainDecimalTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("0.00", "0")]
    [InlineData("10", "10")]
    [InlineData("1.2300", "1.23")]
    [InlineData("100.00", "100")]
    [InlineData("0.0000000000000000000000000001", "0.0000000000000000000000000001")]
    [InlineData("79228162514264337593543950335", "79228162514264337593543950335")]
    [InlineData("-0.5", "-0.5")]
    public void Format_OfDecimal_WritesNoExponentAndNoIdleZeros(string value, string expected)
    {
        Span<byte> text = stackalloc byte[PlainDecimal.MaxBytes];
        var length = PlainDecimal.Format(decimal.Parse(value, CultureInfo.InvariantCulture), text);
        Assert.Equal(expected, Encoding.UTF8.GetString(text[..length]));
    }
}
