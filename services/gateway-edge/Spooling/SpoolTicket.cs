namespace Pipeline.GatewayEdge.Spooling;

/// <summary>One attempt's place in the spool, from admission to its event.</summary>
public sealed class SpoolTicket
{
    internal enum Stage { Admitted, Begun, Ended }

    internal SpoolTicket(long reservedBytes) => ReservedBytes = reservedBytes;

    /// <summary>Number of the attempt in its epoch, from 0; null until it began.</summary>
    public long? Sequence { get; internal set; }

    internal Stage At { get; set; }

    /// <summary>Room that is kept for the attempt; 0 when there was none and the policy is to forward.</summary>
    internal long ReservedBytes { get; }

    /// <summary>Frame of the opening; null when it could not be written.</summary>
    internal long? OpeningOrdinal { get; set; }
}
