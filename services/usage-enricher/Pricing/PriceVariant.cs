namespace Pipeline.UsageEnricher.Pricing;

/// <summary>Rates for calls served in a special way: batch, flex, priority, fast, in a region, ...</summary>
/// <param name="When">What a call's context must say, all of it, case-sensitive.</param>
/// <param name="Rates">Replace the standard rates of the same price key; may be empty, which names the standard price.</param>
public sealed record PriceVariant(
    IReadOnlyDictionary<string, string> When, EffectivePeriod Period, IReadOnlyDictionary<string, Rate> Rates)
{
    public const string ServiceTier = "service_tier";
    public const string Processing = "processing";
    public const string Speed = "speed";
    public const string Region = "region";

    /// <summary>`global`, or `regional` for any one region.</summary>
    public const string Endpoint = "endpoint";

    /// <summary>Ways of service that this variant is a price for.</summary>
    public ServiceKeys Keys { get; } = KeysOf(When);

    public bool IsNamedBy(IReadOnlyDictionary<string, string> context) => IsNamed(When, context);

    internal static bool IsNamed(IReadOnlyDictionary<string, string> when, IReadOnlyDictionary<string, string> context)
    {
        foreach (var (key, value) in when)
            if (!context.TryGetValue(key, out var said) || said != value)
                return false;
        return true;
    }

    internal static ServiceKeys KeysOf(IReadOnlyDictionary<string, string> when) =>
        (when.ContainsKey(ServiceTier) ? ServiceKeys.ServiceTier : 0)
        | (when.ContainsKey(Processing) ? ServiceKeys.Processing : 0)
        | (when.ContainsKey(Speed) ? ServiceKeys.Speed : 0);
}

/// <summary>Ways of service that, when they are not the ordinary ones, need a price of their own.</summary>
[Flags]
public enum ServiceKeys
{
    None = 0,
    ServiceTier = 1,
    Processing = 2,
    Speed = 4,
}

/// <param name="Covered">Ways of service that a variant which holds is a price for, one without rates of its own included.</param>
public readonly record struct PriceSelection(PriceBlock Block, ServiceKeys Covered);
