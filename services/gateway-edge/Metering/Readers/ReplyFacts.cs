namespace Pipeline.GatewayEdge.Metering;

/// <summary>What the whole documents of one reply have said so far. Reused from reply to reply.</summary>
internal sealed class ReplyFacts
{
    public TextFact Model { get; } = new();

    public TextFact ResponseId { get; } = new();

    public TextFact ServiceTier { get; } = new();

    public ErrorFact Error { get; } = new();

    public FinishReasons FinishReasons { get; } = new();

    public UsageFact Usage { get; } = new();

    /// <summary>What headers say of usage and errors, where bodies do not.</summary>
    public AwsHeaders Headers;

    /// <summary>Model that the URL of the request names; else null.</summary>
    public string? UrlModel { get; set; }

    /// <summary>Counts only where an estimate is wanted.</summary>
    public TextCounter Text { get; } = new();

    /// <summary>Calls of the provider's own tools counted from the reply's items; null = none seen.</summary>
    public Dictionary<string, long>? ToolCalls { get; set; }

    /// <summary>What the reply holds that is paid by number; null = nothing.</summary>
    public Dictionary<string, decimal>? Quantities { get; set; }

    /// <summary>The body says that it is a background call.</summary>
    public bool IsBackground { get; set; }

    /// <summary>The protocol's sign of a whole reply was seen.</summary>
    public bool IsComplete { get; set; }

    public void Reset(bool isRelay)
    {
        Model.Reset();
        ResponseId.Reset();
        ServiceTier.Reset();
        Error.Reset();
        FinishReasons.Reset();
        Usage.Reset(isRelay);
        Headers = default;
        UrlModel = null;
        Text.Begin([]);
        ToolCalls = null;
        Quantities = null;
        IsBackground = false;
        IsComplete = false;
    }

    public void CommitStaged()
    {
        Model.Commit();
        ResponseId.Commit();
        ServiceTier.Commit();
        Error.Commit();
        FinishReasons.Commit();
        Usage.Commit();
    }

    public void DiscardStaged()
    {
        Model.Discard();
        ResponseId.Discard();
        ServiceTier.Discard();
        Error.Discard();
        FinishReasons.Discard();
        Usage.Discard();
    }
}
