using Pipeline.GatewayEdge.Spooling;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>
/// One attempt's place in the spool: room is reserved, the opening is written, and exactly one event closes it, whatever
/// happened in between.
/// </summary>
internal sealed class AttemptRecord(Spool spool, WhenFull whenFull, ForwardingMetrics metrics)
{
    private enum State { Idle, Admitted, Open, Closed, Uncaptured }

    private State _state;
    private SpoolTicket? _ticket;

    /// <summary>The attempt has begun and its event is not yet written.</summary>
    public bool IsOpen => _state is State.Open or State.Uncaptured;

    /// <summary>The start of the event; its end is put on top of it.</summary>
    public LLMUsageAudit? Opening { get; private set; }

    /// <returns>False: the spool has no room and the operator chose to refuse.</returns>
    public bool TryAdmit()
    {
        _ticket = spool.TryAdmit();
        _state = _ticket is null ? State.Uncaptured : State.Admitted;
        Opening = null;
        return _ticket is not null || whenFull == WhenFull.Forward;
    }

    /// <returns>False: the opening could not be written and the operator chose to refuse.</returns>
    public bool Open(LLMUsageAudit opening)
    {
        Opening = opening;
        if (_ticket is not { } ticket) return true;
        if (spool.Begin(ticket, opening) == AppendOutcome.Appended)
        {
            _state = State.Open;
            return true;
        }

        // Without its opening the event may still find room at its end; with `refuse` the attempt does not start.
        metrics.OpeningFailed();
        if (whenFull == WhenFull.Forward)
        {
            _state = State.Open;
            return true;
        }

        Release();
        return false;
    }

    /// <summary>Writes the attempt's event.</summary>
    /// <returns>False: it could not be written and the operator chose to break the reply off.</returns>
    public bool Close(LLMUsageAudit closing)
    {
        var isCaptured = _ticket is { } ticket && spool.Complete(ticket, closing) == AppendOutcome.Appended;
        _ticket = null;
        _state = State.Closed;
        metrics.AttemptEnded(closing.Upstream, closing.Outcome);
        if (isCaptured) return true;
        metrics.EventLost();
        return whenFull == WhenFull.Forward;
    }

    /// <summary>Gives the reserved room back when no attempt was made.</summary>
    public void Release()
    {
        if (_ticket is { } ticket) spool.Abandon(ticket);
        _ticket = null;
        _state = State.Idle;
    }
}
