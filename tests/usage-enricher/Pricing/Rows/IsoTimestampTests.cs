using System.Globalization;
using Pipeline.UsageEnricher.Pricing.Rows;

namespace Pipeline.UsageEnricher.Tests.Pricing.Rows;

public sealed class IsoTimestampTests
{
    [Theory]
    [InlineData("2026-11-20T12:00:00Z", "2026-11-20T12:00:00.0000000Z")]
    [InlineData("2026-11-20T12:00:00", "2026-11-20T12:00:00.0000000Z")]
    [InlineData("2026-11-20", "2026-11-20T00:00:00.0000000Z")]
    [InlineData("2026-11-20 12:30", "2026-11-20T12:30:00.0000000Z")]
    [InlineData("2026-11-20T00:30:00+05:30", "2026-11-19T19:00:00.0000000Z")]
    [InlineData("2026-11-19T20:00:00-08:00", "2026-11-20T04:00:00.0000000Z")]
    [InlineData("2026-11-20T12:00:00.123456789+0000", "2026-11-20T12:00:00.1234567Z")]
    [InlineData("2026-11-20t12:00:00,5z", "2026-11-20T12:00:00.5000000Z")]
    [InlineData("2026-11-20T12:00:00+02", "2026-11-20T10:00:00.0000000Z")]
    public void TryParse_OfTimestamp_GivesUtc(string text, string expected)
    {
        Assert.True(IsoTimestamp.TryParse(text, out var utc));
        Assert.Equal(expected, utc.ToString("O", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("")]
    [InlineData("now")]
    [InlineData("2026-13-01")]
    [InlineData("2026-02-30")]
    [InlineData("2026-11-20T24:00:00Z")]
    [InlineData("2026-11-20T12:60:00Z")]
    [InlineData("2026-11-20T12:00:00Z ")]
    [InlineData("20/11/2026")]
    [InlineData("1795176000")]
    [InlineData("0001-01-01T00:00:00+01:00")]
    [InlineData("9999-12-31T23:59:59-01:00")]
    public void TryParse_OfAnythingElse_IsFalse(string text) => Assert.False(IsoTimestamp.TryParse(text, out _));
}
