using Pipeline.Schemas;

namespace Pipeline.AllInOne.Viewing;

/// <summary>What `/usage` groups by. Null = the call did not say.</summary>
internal readonly record struct UsageGroup(string? Tenant, string? Team, string? Model)
{
    public static UsageGroup Of(LlmUsage usage) =>
        new(usage.Attribution.Tenant, usage.Attribution.Team, usage.ResponseModel ?? usage.RequestModel);
}

/// <summary>Sums of a group. They add exactly.</summary>
/// <param name="Unpriced">Calls whose cost is not, or not wholly, known: they are missing from <see cref="CostUsd"/>, never zero in it.</param>
internal readonly record struct UsageSums(long Calls, long Tokens, decimal CostUsd, long Unpriced)
{
    private const string Currency = "USD";

    public static UsageSums Of(LlmUsage usage)
    {
        var tokens = (usage.Usage?.InputTotal ?? 0) + (usage.Usage?.OutputTotal ?? 0);
        var isWhole = usage.Cost.Status is CostStatus.Priced or CostStatus.Free && usage.Cost.Currency == Currency;
        return new UsageSums(1, tokens, usage.Cost.Currency == Currency ? usage.Cost.NetTotal ?? 0 : 0, isWhole ? 0 : 1);
    }

    public static UsageSums operator +(UsageSums a, UsageSums b) =>
        new(a.Calls + b.Calls, a.Tokens + b.Tokens, a.CostUsd + b.CostUsd, a.Unpriced + b.Unpriced);

    public static UsageSums operator -(UsageSums a, UsageSums b) =>
        new(a.Calls - b.Calls, a.Tokens - b.Tokens, a.CostUsd - b.CostUsd, a.Unpriced - b.Unpriced);
}
