using Xunit;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

public sealed class EventIdsTests
{
    [Fact]
    public void Next_ManyIds_AreDistinctVersion7OfTheirTime()
    {
        var ids = new RandomEventIds();
        var at = new DateTimeOffset(2026, 11, 21, 5, 0, 0, 123, TimeSpan.Zero);

        var made = Enumerable.Range(0, 10_000).Select(_ => ids.Next(at)).ToHashSet();

        Assert.Equal(10_000, made.Count);
        Assert.All(made, id => Assert.Equal((7, at.ToUnixTimeMilliseconds()), (id.Version, Convert.ToInt64(id.ToString("N")[..12], 16))));
        Assert.All(made, static id => Assert.InRange(id.Variant, 8, 11));
    }
}
