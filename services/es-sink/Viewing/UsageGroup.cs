using Pipeline.Schemas;

namespace Pipeline.EsSink.Viewing;

/// <summary>What events are summed by. The model is the one that replied, else the one asked for.</summary>
public readonly record struct UsageGroupKey(string? Tenant, string? Team, string? Model, string Currency)
{
    public static UsageGroupKey Of(LlmUsage usage) =>
        new(usage.Attribution.Tenant, usage.Attribution.Team, usage.ResponseModel ?? usage.RequestModel, usage.Cost.Currency);
}

/// <summary>The sums of one group.</summary>
/// <param name="Tokens">Input and output totals; unknown counts as 0, and so do those of an answer that is read again.</param>
/// <param name="Cost">Net totals in the group's currency, exact.</param>
/// <param name="Unpriced">Calls whose cost is not known or not whole: neither priced, free nor charged before.</param>
public readonly record struct UsageSums(long Calls, long Tokens, decimal Cost, long Unpriced)
{
    public static UsageSums operator +(UsageSums one, UsageSums other) =>
        new(one.Calls + other.Calls, one.Tokens + other.Tokens, one.Cost + other.Cost, one.Unpriced + other.Unpriced);
}

/// <summary>One line of an answer to "who spent what".</summary>
public sealed record UsageGroup(UsageGroupKey Key, UsageSums Sums);

/// <summary>An event as the view keeps it.</summary>
/// <param name="NetTotal">Null when the cost is not known.</param>
public readonly record struct ViewedEvent(Guid EventId, int Revision, decimal? NetTotal);
