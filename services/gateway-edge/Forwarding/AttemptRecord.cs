using Pipeline.GatewayEdge.Spooling;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>
/// One attempt's place in the spool: room is reserved, the opening is written, and exactly one event closes it, whatever
/// happened in between.
/// </summary>
internal sealed class AttemptRecord(Spool spool, WhenFull whenFull, ForwardingMetrics metrics)
{
    private SpoolTicket? _ticket;

    /// <summary>The attempt has begun and its event is not yet written.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>The start of the event; its end is put on top of it.</summary>
    public LLMUsageAudit? Opening { get; private set; }

    /// <summary>The event that was written last for this call; null = none yet.</summary>
    public LLMUsageAudit? Closed { get; private set; }

    /// <summary>Forgets the connection's last call.</summary>
    public void Begin() => Closed = null;

    /// <returns>False: the spool has no room and the operator chose to refuse.</returns>
    public bool TryAdmit()
    {
        Opening = null;
        _ticket = spool.TryAdmit();
        return _ticket is not null;
    }

    /// <returns>False: the opening could not be written and the operator chose to refuse.</returns>
    public bool Open(LLMUsageAudit opening)
    {
        Opening = opening;
        var outcome = spool.Begin(_ticket!, opening);
        IsOpen = outcome == AppendOutcome.Appended || whenFull == WhenFull.Forward;
        if (!IsOpen) Release();
        return IsOpen;
    }

    /// <summary>Writes the attempt's event.</summary>
    /// <returns>False: it could not be written and the operator chose to break the reply off.</returns>
    public bool Close(LLMUsageAudit closing)
    {
        IsOpen = false;
        var outcome = spool.Complete(_ticket!, closing);
        _ticket = null;
        Closed = closing;
        metrics.AttemptEnded(closing.Upstream, closing.Outcome);
        return outcome == AppendOutcome.Appended || whenFull == WhenFull.Forward;
    }

    /// <summary>Gives the reserved room back when no attempt was made.</summary>
    public void Release()
    {
        if (_ticket is { } ticket) spool.Abandon(ticket);
        _ticket = null;
        IsOpen = false;
    }
}
