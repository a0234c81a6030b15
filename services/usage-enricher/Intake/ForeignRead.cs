using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Intake;

/// <summary>Why a foreign event is none of ours: counted, neither booked nor a dead letter.</summary>
internal enum SkipReason
{
    /// <summary>Another kind of audit event, or a span that is no call of a model.</summary>
    NotACall,

    /// <summary>The source answered from its own cache: no provider was called.</summary>
    CacheHit,

    /// <summary>A span around another one of the same record, which reports the same call.</summary>
    WrapsAnother,
}

/// <summary>What became of one foreign record. Reused between records.</summary>
internal sealed class ForeignRead
{
    public List<LLMUsageAudit> Calls { get; } = [];

    public List<SkipReason> Skipped { get; } = [];

    /// <summary>One sentence, without content, about what could not be booked; null when all could.</summary>
    public string? Problem { get; set; }

    public void Clear()
    {
        Calls.Clear();
        Skipped.Clear();
        Problem = null;
    }
}
