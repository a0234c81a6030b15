namespace Pipeline.UsageEnricher.Pricing;

/// <summary>What a rate is for: a kind of token, a duration, a page, a search.</summary>
/// <param name="Index">Place in its registry, 0 to <see cref="UnitRegistry.MaxUnits"/> - 1: the bit of every unit mask.</param>
/// <param name="Name">Name of the usage figure, such as `cache_read_tokens`.</param>
/// <param name="PriceKey">Name of the rate, such as `cache_read_mtok`.</param>
/// <param name="Per">How many units the rate is for.</param>
/// <param name="Dimensions">What narrows the unit: family, direction, modality, token_type, ...</param>
public sealed record PricedUnit(int Index, string Name, string PriceKey, long Per, IReadOnlyDictionary<string, string> Dimensions)
{
    /// <summary>The bit of this unit in a mask.</summary>
    public ulong Bit => 1UL << Index;

    /// <summary>Counted once for each priced call, whatever was reported.</summary>
    public bool IsPerCall { get; } = Name == UnitRegistry.Requests;

    public UnitDirection Direction { get; } = Dimensions.GetValueOrDefault("direction") switch
    {
        "input" => UnitDirection.Input,
        "output" => UnitDirection.Output,
        _ => UnitDirection.None,
    };

    /// <summary>Every dimension of this unit is in the other: the other's figure is part of this one's.</summary>
    public bool Contains(PricedUnit other) =>
        Dimensions.All(own => other.Dimensions.TryGetValue(own.Key, out var value) && value == own.Value);

    /// <summary>The two can hold the same thing: no dimension contradicts.</summary>
    public bool Overlaps(PricedUnit other) =>
        Dimensions.All(own => !other.Dimensions.TryGetValue(own.Key, out var value) || value == own.Value);
}

/// <summary>Side of the call; requests, searches and plain durations have none and count in the total only.</summary>
public enum UnitDirection { None, Input, Output }
