namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>
/// Watches one call from outside its own flow: its deadlines, and whether its caller is still there. What ends the call is
/// remembered as the cause, then the token is cancelled; the flow itself only waits and asks.
/// </summary>
internal sealed class AttemptWatch(Deadlines deadlines) : IDisposable
{
    private readonly Lock _gate = new();

    // Written by the call's own flow, read by the sweep.
    private long _deadline = long.MaxValue;
    private AttemptFailure _expected;

    // Under the gate: written by the sweep and by the server's notice that the caller left.
    private CancellationTokenSource _cancel = new();
    private AttemptFailure _cause;
    private long _drainDeadline = long.MaxValue;
    private TimeSpan _drainTimeout;
    private bool _isOpen;
    private bool _holdsDrain;
    private volatile bool _isClientGone;

    // Owned by Deadlines, under its gate.
    internal AttemptWatch? Previous;
    internal AttemptWatch? Next;

    public CancellationToken Token => _cancel.Token;

    /// <summary>Why the token was cancelled; None = it was not.</summary>
    public AttemptFailure Cause
    {
        get { lock (_gate) return _cause; }
    }

    /// <summary>The caller closed its connection. What the upstream still sends is read for its usage only.</summary>
    public bool IsClientGone => _isClientGone;

    public void Begin(TimeSpan drainTimeout)
    {
        lock (_gate)
        {
            if (_cancel.IsCancellationRequested)
            {
                _cancel.Dispose();
                _cancel = new CancellationTokenSource();
            }

            _cause = AttemptFailure.None;
            _deadline = _drainDeadline = long.MaxValue;
            _drainTimeout = drainTimeout;
            _isClientGone = false;
            _isOpen = true;
        }

        deadlines.Add(this);
    }

    /// <summary>What comes next must come within the time, else the call ends with the failure.</summary>
    public void Expect(AttemptFailure failure, TimeSpan within)
    {
        _expected = failure;
        Volatile.Write(ref _deadline, deadlines.After(within));
    }

    /// <summary>Nothing is awaited from the upstream.</summary>
    public void Relax() => Volatile.Write(ref _deadline, long.MaxValue);

    public void End()
    {
        deadlines.Remove(this);
        lock (_gate)
        {
            _isOpen = false;
            if (_holdsDrain) deadlines.Drains.Release();
            _holdsDrain = false;
        }
    }

    /// <summary>Told by the server: from here the upstream is drained within its bounds, or ended at once when too many are.</summary>
    public void ClientLeft()
    {
        lock (_gate)
        {
            if (!_isOpen || _isClientGone) return;
            _isClientGone = true;
            _holdsDrain = deadlines.Drains.TryTake();
            if (_holdsDrain) _drainDeadline = deadlines.After(_drainTimeout);
            else Cancel(AttemptFailure.DrainBound);
        }
    }

    /// <summary>Ends the call for the reason, unless it has ended for another.</summary>
    public void Cancel(AttemptFailure cause)
    {
        lock (_gate)
        {
            if (!_isOpen || _cause != AttemptFailure.None) return;
            _cause = cause;
            // Never runs the call's continuation on this thread, under this lock.
            _ = _cancel.CancelAsync();
        }
    }

    internal void CheckAt(long now)
    {
        if (Volatile.Read(ref _deadline) <= now) Cancel(_expected);
        else if (Volatile.Read(ref _drainDeadline) <= now) Cancel(AttemptFailure.DrainBound);
    }

    public void Dispose() => _cancel.Dispose();
}
