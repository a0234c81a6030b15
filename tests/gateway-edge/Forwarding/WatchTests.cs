using Pipeline.GatewayEdge.Forwarding;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

public sealed class WatchTests : IDisposable
{
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(30);

    private readonly ManualTime _time = new();
    private readonly DrainSlots _drains = new(1);
    private readonly Deadlines _deadlines;

    public WatchTests() => _deadlines = new Deadlines(_time, _drains);

    public void Dispose() => _deadlines.Dispose();

    [Fact]
    public void Deadline_Passed_CancelsWithItsFailure()
    {
        using var watch = Begin();
        watch.Expect(AttemptFailure.ReplyTimeout, TimeSpan.FromSeconds(5));

        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(watch.Token.IsCancellationRequested);

        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True(watch.Token.IsCancellationRequested);
        Assert.Equal(AttemptFailure.ReplyTimeout, watch.Cause);
    }

    [Fact]
    public void Deadline_ArmedAgain_CountsFromThen()
    {
        using var watch = Begin();
        for (var i = 0; i < 10; i++)
        {
            watch.Expect(AttemptFailure.IdleTimeout, TimeSpan.FromSeconds(5));
            _time.Advance(TimeSpan.FromSeconds(4));
        }

        Assert.Equal(AttemptFailure.None, watch.Cause);
        watch.Relax();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(AttemptFailure.None, watch.Cause);
    }

    [Fact]
    public void ClientLeft_Drains_UntilItsBound()
    {
        using var watch = Begin();
        watch.ClientLeft();

        Assert.True(watch.IsClientGone);
        Assert.Equal(1, _drains.InUse);
        _time.Advance(Drain - TimeSpan.FromSeconds(1));
        Assert.Equal(AttemptFailure.None, watch.Cause);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(AttemptFailure.DrainBound, watch.Cause);

        watch.End();
        Assert.Equal(0, _drains.InUse);
    }

    [Fact]
    public void ClientLeft_AllDrainsTaken_EndsAtOnce()
    {
        using var first = Begin();
        using var second = Begin();
        first.ClientLeft();
        second.ClientLeft();

        Assert.Equal((AttemptFailure.None, AttemptFailure.DrainBound), (first.Cause, second.Cause));
        second.End();
        first.End();
        Assert.Equal(0, _drains.InUse);
    }

    [Fact]
    public void Begin_AfterACancelledCall_StartsAnew()
    {
        using var watch = Begin();
        watch.Cancel(AttemptFailure.IdleTimeout);
        watch.End();

        watch.Begin(Drain);
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal((false, false, AttemptFailure.None), (watch.Token.IsCancellationRequested, watch.IsClientGone, watch.Cause));
        watch.End();
    }

    [Fact]
    public void ClientLeft_AfterTheEnd_DoesNothing()
    {
        using var watch = Begin();
        watch.End();
        watch.ClientLeft();

        Assert.Equal((false, 0), (watch.IsClientGone, _drains.InUse));
    }

    [Fact]
    public void Stop_EndsCallsInFlightAndLaterOnes()
    {
        using var watch = Begin();
        _deadlines.Stop();
        using var late = Begin();

        Assert.Equal((AttemptFailure.GatewayStopped, AttemptFailure.GatewayStopped), (watch.Cause, late.Cause));
    }

    private AttemptWatch Begin()
    {
        var watch = new AttemptWatch(_deadlines);
        watch.Begin(Drain);
        return watch;
    }
}
