using System.Collections.Frozen;

namespace Pipeline.UsageEnricher.Pricing;

/// <summary>
/// All units of a catalogue and how they contain each other, as bit masks, so that pricing an event is a few mask tests.
/// </summary>
public sealed class UnitRegistry
{
    /// <summary>Masks are 64 bits wide.</summary>
    public const int MaxUnits = 64;

    /// <summary>The figure that decides tiers.</summary>
    public const string InputTokens = "input_tokens";

    /// <summary>Counted once per priced call and never reported.</summary>
    public const string Requests = "requests";

    private readonly PricedUnit[] _units;
    private readonly FrozenDictionary<string, PricedUnit> _byName;
    private readonly FrozenDictionary<string, PricedUnit> _byPriceKey;
    private readonly ulong[] _inside;
    private readonly ulong[] _around;
    private readonly ulong[][] _joined;

    /// <exception cref="ArgumentException">More than <see cref="MaxUnits"/> units, or two of one name or price key.</exception>
    public UnitRegistry(IReadOnlyList<PricedUnit> units)
    {
        if (units.Count > MaxUnits) throw new ArgumentException($"a catalogue has at most {MaxUnits} units, not {units.Count}");
        _units = [.. units];
        _byName = _units.ToFrozenDictionary(u => u.Name, StringComparer.Ordinal);
        _byPriceKey = _units.ToFrozenDictionary(u => u.PriceKey, StringComparer.Ordinal);
        _inside = [.. _units.Select(u => Mask(other => other != u && u.Contains(other)))];
        _around = [.. _units.Select(u => Mask(other => other != u && other.Contains(u)))];
        _joined = [.. _units.Select(JoinsOf)];
    }

    public IReadOnlyList<PricedUnit> Units => _units;

    public PricedUnit this[int index] => _units[index];

    public PricedUnit? ByName(string name) => _byName.GetValueOrDefault(name);

    public PricedUnit? ByPriceKey(string priceKey) => _byPriceKey.GetValueOrDefault(priceKey);

    /// <summary>Units whose figures are part of this one's, itself left out.</summary>
    public ulong Inside(int unit) => _inside[unit];

    /// <summary>Units that this one's figure is part of, itself left out.</summary>
    public ulong Around(int unit) => _around[unit];

    /// <summary>Pairs of units, as two-bit masks, that overlap in exactly this unit.</summary>
    public ReadOnlySpan<ulong> Joined(int unit) => _joined[unit];

    private ulong[] JoinsOf(PricedUnit unit)
    {
        var around = _units.Where(other => other != unit && other.Contains(unit)).ToArray();
        var pairs =
            from left in around
            from right in around
            where left.Index < right.Index && !left.Contains(right) && !right.Contains(left)
            where left.Dimensions.Keys.Union(right.Dimensions.Keys).Count() == unit.Dimensions.Count
            select left.Bit | right.Bit;
        return [.. pairs];
    }

    private ulong Mask(Func<PricedUnit, bool> isIn) => _units.Where(isIn).Aggregate(0UL, (mask, unit) => mask | unit.Bit);
}
