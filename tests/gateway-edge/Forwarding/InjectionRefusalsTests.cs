using Pipeline.GatewayEdge.Forwarding;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

public sealed class InjectionRefusalsTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Remembered_ForAnHour_PerUpstreamAndModel()
    {
        var refusals = new InjectionRefusals(_time);
        refusals.Remember("a", "m");

        Assert.True(refusals.WasRefused("a", "m"));
        Assert.False(refusals.WasRefused("a", "other"));
        Assert.False(refusals.WasRefused("b", "m"));
        Assert.False(refusals.WasRefused("a", null));

        _time.Advance(InjectionRefusals.Lifetime);
        Assert.False(refusals.WasRefused("a", "m"));
    }

    [Fact]
    public void Remembered_Again_CountsFromThen()
    {
        var refusals = new InjectionRefusals(_time);
        refusals.Remember("a", "m");
        _time.Advance(TimeSpan.FromMinutes(50));
        refusals.Remember("a", "m");
        _time.Advance(TimeSpan.FromMinutes(50));
        refusals.Remember("a", "n");

        Assert.True(refusals.WasRefused("a", "m"));
    }

    [Fact]
    public void Remembered_PastTheBound_ForgetsTheOldest()
    {
        var refusals = new InjectionRefusals(_time);
        for (var i = 0; i <= InjectionRefusals.MaxEntries; i++) refusals.Remember("a", $"m{i}");

        Assert.Equal(InjectionRefusals.MaxEntries, refusals.Count);
        Assert.False(refusals.WasRefused("a", "m0"));
        Assert.True(refusals.WasRefused("a", "m1"));
    }
}
