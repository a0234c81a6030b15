using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Enriching;

public sealed class EventTimeTests
{
    [Theory]
    [InlineData(-14 * 24 * 3600, true)]
    [InlineData(-14 * 24 * 3600 - 1, false)]
    [InlineData(3600, true)]
    [InlineData(3601, false)]
    [InlineData(0, true)]
    public void Of_ClockOff_BelievesItWithinItsBounds(int secondsFromAppend, bool isBelieved)
    {
        var started = Calls.At.AddSeconds(secondsFromAppend);
        var time = EventTime.Of(Calls.Plain() with { StartedAt = started }, Calls.At);
        Assert.Equal(isBelieved ? new EventTime(started, null) : new EventTime(Calls.At, started), time);
    }

    [Fact]
    public void Of_AppendTimeFinerThanTheWire_IsCut()
    {
        var time = EventTime.Of(Calls.Plain() with { StartedAt = DateTimeOffset.UnixEpoch }, Calls.At.AddTicks(7));
        Assert.Equal(Calls.At, time.At);
    }
}
