using Pipeline.GatewayEdge.Spooling;
using Pipeline.Schemas;

namespace Pipeline.Simulation.Tests.Work;

/// <summary>How an attempt may be found in the log in the end.</summary>
[Flags]
internal enum Ends
{
    None = 0,
    Absent = 1,
    Interrupted = 2,
    Event = 4,
}

/// <summary>One attempt at an edge, with what the simulation knows of it.</summary>
internal sealed class Attempt(Guid id, Guid epoch, LLMUsageAudit opening, SpoolTicket ticket)
{
    public Guid Id => id;
    public Guid Epoch => epoch;
    public LLMUsageAudit Opening => opening;
    public SpoolTicket Ticket => ticket;
    public LLMUsageAudit? Event { get; set; }

    /// <summary>Null when it was killed before it was told.</summary>
    public long? Sequence { get; set; }

    /// <summary>Between call and return of the spool: nobody was told how it ended.</summary>
    public bool IsInCall { get; set; }
    public bool IsInFlight { get; set; } = true;

    /// <summary>There was room for its opening: without one, a lost event leaves nothing.</summary>
    public bool HasOpening { get; set; }

    /// <summary>On disk for good, whatever loses power.</summary>
    public bool IsOpeningDurable { get; set; }
    public bool IsEventDurable { get; set; }

    /// <summary>What is allowed; a loss of power adds to it.</summary>
    public Ends Allowed { get; set; } = Ends.Absent | Ends.Interrupted;

    /// <summary>What was not durable may be gone.</summary>
    public void LosePower()
    {
        if (!IsOpeningDurable && !IsEventDurable) Allowed |= Ends.Absent;
        if (!IsEventDurable && Allowed.HasFlag(Ends.Event)) Allowed |= Ends.Interrupted;
    }

    public override string ToString() => $"{id} (epoch {epoch:N}, sequence {Sequence}, {Allowed})";
}
