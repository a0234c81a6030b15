using Pipeline.Runtime.Hosting;

namespace Pipeline.GatewayEdge.Spooling;

/// <summary>What the shipper is doing.</summary>
public enum ShipperPhase
{
    Starting,
    Shipping,

    /// <summary>Everything appended so far is shipped.</summary>
    Idle,

    /// <summary>The log cannot be reached: the spool grows.</summary>
    WaitingForLog,

    /// <summary>The schema has no id yet.</summary>
    WaitingForRegistry,

    /// <summary>Another process ships from a copy of this spool. The spool goes on taking events; nothing is shipped until a restart.</summary>
    Cloned,
}

/// <summary>The shipper's state for readiness.</summary>
/// <param name="Notices">What an operator should know, one sentence each with the remedy.</param>
public sealed record ShipperStatus(ShipperPhase Phase, string? Reason, IReadOnlyList<string> Notices)
{
    /// <summary>The gateway stays ready whatever the shipper does: the spool takes the events.</summary>
    public CheckResult Check()
    {
        var texts = Phase is ShipperPhase.WaitingForLog or ShipperPhase.WaitingForRegistry or ShipperPhase.Cloned ? Notices.Prepend($"{Phase}: {Reason}") : Notices;
        var text = string.Join(" | ", texts);
        return text.Length == 0 ? CheckResult.Ok : CheckResult.Warning(text);
    }
}
