using System.Collections.Frozen;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>What one reply turned out to be; every string within the rules of the usage record. Made once, at its end.</summary>
internal sealed record MeteredReply
{
    /// <summary>Names in <see cref="ToolCalls"/> and <see cref="Quantities"/>.</summary>
    public const int MaxToolNames = 16;

    /// <summary>Disjoint counts and the provider's totals; null = the reply held none.</summary>
    public TokenUsage? Usage { get; init; }

    /// <summary>What is charged where it is not <see cref="Usage"/>, pass by pass; empty = the usage is.</summary>
    public IReadOnlyList<BilledUsage> Billed { get; init; } = [];

    /// <summary>The same figures as the provider reported them, totals with their parts inside; null = the reply held none.</summary>
    public UsageFigures? Reported { get; init; }

    /// <summary>Bytes of the text that the model wrote; null = not counted.</summary>
    public long? TextBytes { get; init; }

    /// <summary>The reply ended before the count of its output came: what the usage says of it is the figure of the start.</summary>
    public bool IsOutputUncounted { get; init; }

    /// <summary>provider, partial (a reply that ended early) or none.</summary>
    public UsageSource UsageSource { get; init; } = UsageSource.None;

    public UsageQuality UsageQuality { get; init; }

    public IReadOnlyList<string> FinishReasons { get; init; } = [];

    public string? ResponseModel { get; init; }

    public string? ProviderResponseId { get; init; }

    public string? ServiceTier { get; init; }

    public bool Background { get; init; }

    public IReadOnlyDictionary<string, long> ToolCalls { get; init; } = FrozenDictionary<string, long>.Empty;

    public IReadOnlyDictionary<string, decimal> Quantities { get; init; } = FrozenDictionary<string, decimal>.Empty;

    /// <summary>What the reply says of price variants (<c>speed</c>); where it speaks it stands above the request's.</summary>
    public IReadOnlyDictionary<string, string> PriceContext { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>What the provider says the call cost, in USD, unrounded.</summary>
    public decimal? ProviderReportedCost { get; init; }

    /// <summary>The provider's usage object, reduced by the privacy rule; at most 4,096 bytes.</summary>
    public string? ProviderUsage { get; init; }

    /// <summary>The provider's error type and code, as tokens; null where it names none.</summary>
    public string? ErrorType { get; init; }

    public string? ErrorCode { get; init; }

    /// <summary>The provider wrote <see cref="ErrorCode"/> as a number.</summary>
    public bool IsErrorCodeNumber { get; init; }

    /// <summary>The reply told of an error, by its status or inside a good one.</summary>
    public bool IsError { get; init; }

    /// <summary>The reply was an event stream or a streamed JSON array.</summary>
    public bool IsStream { get; init; }

    /// <summary>The reply was whole: terminal frame or finish reason of a stream, last byte of a plain body.</summary>
    public bool IsComplete { get; init; }

    /// <summary>The reply was whole, or ended as hosts without a terminal frame end theirs: nothing is missing.</summary>
    public bool HasEnded { get; init; }

    /// <summary>The status was below 400 and the body told of an error.</summary>
    public bool IsErrorInside200 { get; init; }

    /// <summary>Events or bodies that were not readable JSON; they were forwarded all the same.</summary>
    public int ParseFailures { get; init; }

    /// <summary>A named limit stopped metering of an event, an object or the whole body, or the removal of the injected chunk.</summary>
    public int LimitsReached { get; init; }

    /// <summary>The body's content encoding is not one of gzip, br, deflate, identity, or was broken: not metered from there.</summary>
    public bool IsUndecodable { get; init; }

    /// <summary>The injected usage chunk was cut out.</summary>
    public bool IsUsageChunkCut { get; init; }

    /// <summary>
    /// What to do with the bytes the forwarder still holds when the reply ends without <see cref="ReplyPlan.Completes"/>: the region
    /// is the held bytes alone. Only in injected mode can there be any.
    /// </summary>
    public ReplyPlan Rest { get; init; }
}
