using Pipeline.Runtime.Log.Kafka;
using Pipeline.Runtime.Tests.Embedded;
using Xunit;

namespace Pipeline.Runtime.Tests.Log;

public sealed class RepeatedLinesTests
{
    private readonly TestClock _time = new();

    [Fact]
    public void MayPass_SameKindAgainWithinTheInterval_IsHeldBackAndCounted()
    {
        var lines = new RepeatedLines(_time);

        Assert.True(lines.MayPass("all brokers down", out var heldBack));
        Assert.Equal(0, heldBack);
        for (var i = 0; i < 3; i++) Assert.False(lines.MayPass("all brokers down", out _));
        Assert.True(lines.MayPass("another kind", out _));

        _time.Now += RepeatedLines.Interval;
        Assert.True(lines.MayPass("all brokers down", out heldBack));
        Assert.Equal(3, heldBack);
    }
}
