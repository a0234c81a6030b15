using Pipeline.Schemas;
using Pipeline.UsageEnricher.Pricing;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>
/// How the reply says that it was served, in the catalogue's words: what selects price variants and factors. Only the reply counts:
/// a request may ask for `auto`, and what was asked for may have been refused.
/// </summary>
internal sealed class ServedAs
{
    private const string GlobalRegion = "global";

    /// <summary>Words for ordinary service. Google's traffic type comes by name or by number.</summary>
    private static readonly string[] Ordinary =
        ["default", "standard", "auto", "on_demand", "ON_DEMAND", "TRAFFIC_TYPE_UNSPECIFIED", "standard_only", "1", "0"];

    private readonly Dictionary<string, string> _context = new(StringComparer.Ordinal);

    /// <summary>Valid until the next <see cref="Read"/>.</summary>
    public IReadOnlyDictionary<string, string> Context => _context;

    /// <summary>Ways of service that the reply names and standard prices may not hold for.</summary>
    public ServiceKeys Special { get; private set; }

    public void Read(LLMUsageAudit call)
    {
        _context.Clear();
        foreach (var (key, value) in call.PriceContext) _context[key] = value;
        switch (call.ServiceTier)
        {
            case null: break;
            case "batch" or "BATCH": _context.TryAdd(PriceVariant.Processing, "batch"); break;
            case "ON_DEMAND_FLEX": _context.TryAdd(PriceVariant.ServiceTier, "flex"); break;
            case "ON_DEMAND_PRIORITY": _context.TryAdd(PriceVariant.ServiceTier, "priority"); break;
            case var tier when Ordinary.Contains(tier): _context.TryAdd(PriceVariant.ServiceTier, "default"); break;
            case var tier: _context.TryAdd(PriceVariant.ServiceTier, tier); break;
        }

        if (call.Region is { } region)
        {
            _context.TryAdd(PriceVariant.Region, region);
            _context.TryAdd(PriceVariant.Endpoint, region == GlobalRegion ? GlobalRegion : "regional");
        }

        Special =
            SpecialIf(PriceVariant.ServiceTier, ServiceKeys.ServiceTier) | SpecialIf(PriceVariant.Processing, ServiceKeys.Processing) | SpecialIf(PriceVariant.Speed, ServiceKeys.Speed);
    }

    private ServiceKeys SpecialIf(string name, ServiceKeys key) =>
        _context.TryGetValue(name, out var value) && !Ordinary.Contains(value) ? key : ServiceKeys.None;
}
