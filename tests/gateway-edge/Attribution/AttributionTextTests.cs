using Pipeline.GatewayEdge.Attribution;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Attribution;

public sealed class AttributionTextTests
{
    [Theory]
    [InlineData("acme", "acme")]
    [InlineData("  acme ", "acme")]
    [InlineData("a%20b%2Fc", "a b/c")]
    [InlineData("gr%C3%BCn", "grün")]
    [InlineData("gr\u00c3\u00bcn", "grün")] // UTF-8 bytes as a Latin-1 reader sees them
    public void Read_ValueWithinTheRule_IsDecoded(string raw, string expected)
    {
        Assert.Equal(DropReason.None, AttributionText.Read(raw, out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("", DropReason.Empty)]
    [InlineData("   ", DropReason.Empty)]
    [InlineData("a%2", DropReason.BadEncoding)]
    [InlineData("a%zz", DropReason.BadEncoding)]
    [InlineData("%ff", DropReason.BadEncoding)]
    [InlineData("a%0Ab", DropReason.ControlCharacter)]
    [InlineData("a%00b", DropReason.ControlCharacter)]
    [InlineData("a%C2%85b", DropReason.ControlCharacter)]
    public void Read_ValueOutsideTheRule_IsDroppedWithItsReason(string raw, object reason)
    {
        Assert.Equal((DropReason)reason, AttributionText.Read(raw, out var value));
        Assert.Null(value);
    }

    [Fact]
    public void Read_Length_CountsDecodedBytes()
    {
        Assert.Equal(DropReason.None, AttributionText.Read(new string('a', 128), out _));
        Assert.Equal(DropReason.TooLong, AttributionText.Read(new string('a', 129), out _));
        Assert.Equal(DropReason.None, AttributionText.Read(string.Concat(Enumerable.Repeat("%41", 128)), out _));
        Assert.Equal(DropReason.TooLong, AttributionText.Read(string.Concat(Enumerable.Repeat("%C3%BC", 65)), out _));
        Assert.Equal(DropReason.TooLong, AttributionText.Read(new string('a', 100_000), out _));
    }
}
