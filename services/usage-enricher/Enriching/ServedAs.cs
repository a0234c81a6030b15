using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>
/// How the reply says that it was served, in the catalogue's words: what selects price variants. Only the reply counts: a
/// request may ask for `auto`, and what was asked for may have been refused.
/// </summary>
internal sealed class ServedAs
{
    private const string ServiceTier = "service_tier";
    private const string Processing = "processing";

    /// <summary>Words for ordinary service. Google's traffic type comes by name or by number.</summary>
    private static readonly string[] Ordinary =
        ["default", "standard", "auto", "on_demand", "ON_DEMAND", "TRAFFIC_TYPE_UNSPECIFIED", "standard_only", "1"];

    /// <summary>Keys whose values, when they name no ordinary service, must have a price of their own.</summary>
    private static readonly string[] PricedKeys = [ServiceTier, Processing, "speed"];

    private readonly Dictionary<string, string> _context = new(StringComparer.Ordinal);

    /// <summary>Valid until the next <see cref="Read"/>.</summary>
    public IReadOnlyDictionary<string, string> Context => _context;

    /// <summary>The reply names a service that standard prices may not hold for.</summary>
    public bool IsSpecial { get; private set; }

    public void Read(LLMUsageAudit call)
    {
        _context.Clear();
        IsSpecial = false;
        foreach (var (key, value) in call.PriceContext) _context[key] = value;
        switch (call.ServiceTier)
        {
            case null: break;
            case "batch" or "BATCH": _context.TryAdd(Processing, "batch"); break;
            case "ON_DEMAND_FLEX": _context.TryAdd(ServiceTier, "flex"); break;
            case "ON_DEMAND_PRIORITY": _context.TryAdd(ServiceTier, "priority"); break;
            case var tier when Ordinary.Contains(tier): _context.TryAdd(ServiceTier, "default"); break;
            case var tier: _context.TryAdd(ServiceTier, tier); break;
        }

        foreach (var key in PricedKeys)
            if (_context.TryGetValue(key, out var value) && !Ordinary.Contains(value))
                IsSpecial = true;
    }
}
