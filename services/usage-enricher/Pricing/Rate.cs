namespace Pipeline.UsageEnricher.Pricing;

/// <summary>
/// Price in USD for as many units as <see cref="PricedUnit.Per"/> says. A tier is a cliff: past its size the whole call pays
/// the tier's price, output included.
/// </summary>
/// <param name="Base">Price up to the first tier.</param>
/// <param name="Tiers">By rising size; null when there are none.</param>
public sealed record Rate(decimal Base, IReadOnlyList<RateTier>? Tiers = null)
{
    /// <summary>Highest price that a catalogue may hold.</summary>
    public const decimal MaxPrice = 1_000_000m;

    public bool IsZero { get; } = Base == 0 && (Tiers is null || Tiers.All(tier => tier.Price == 0));

    /// <param name="totalInputTokens">All input tokens of the call, cached ones included.</param>
    public decimal At(decimal totalInputTokens)
    {
        if (Tiers is null) return Base;
        for (var i = Tiers.Count - 1; i >= 0; i--)
            if (totalInputTokens > Tiers[i].Over)
                return Tiers[i].Price;
        return Base;
    }
}

/// <param name="Over">Holds for calls of more input tokens than this; exactly this many still pay the price below.</param>
public readonly record struct RateTier(long Over, decimal Price);
