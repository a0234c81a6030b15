using System.Numerics;

namespace Pipeline.UsageEnricher.Pricing;

/// <summary>
/// One set of rates, ready to price a call:
/// <code>
///   own(unit)  = figure(unit) - own of the priced units inside it      most specific first
///   cost(unit) = own(unit) * rate / per                                unrounded
/// </code>
/// Only units that have a rate take part, so what has none of its own pays the rate of the unit around it.
/// </summary>
public sealed class PriceBlock
{
    private readonly UnitRegistry _units;
    private readonly Entry[] _entries;
    private readonly int _inputTokens;
    private readonly bool _hasTiers;

    public PriceBlock(UnitRegistry units, IReadOnlyDictionary<string, Rate> ratesByPriceKey)
    {
        _units = units;
        Rates = ratesByPriceKey;
        var priced = ratesByPriceKey
            .Select(rate => (Unit: units.ByPriceKey(rate.Key) ?? throw new ArgumentException($"unknown price key {rate.Key}"), rate.Value))
            .OrderByDescending(rate => rate.Unit.Dimensions.Count)
            .ThenBy(rate => rate.Unit.Name, StringComparer.Ordinal)
            .ToArray();
        foreach (var (unit, _) in priced) Priced |= unit.Bit;
        _entries = [.. priced.Select(rate => new Entry(rate.Unit, rate.Value, units.Inside(rate.Unit.Index) & Priced))];
        _inputTokens = units.ByName(UnitRegistry.InputTokens)?.Index ?? -1;
        _hasTiers = _inputTokens >= 0 && _entries.Any(entry => entry.Rate.Tiers is not null);
        IsFree = _entries.Length > 0 && _entries.All(entry => entry.Rate.IsZero);
    }

    public IReadOnlyDictionary<string, Rate> Rates { get; }

    /// <summary>Units that have a rate.</summary>
    public ulong Priced { get; }

    /// <summary>There are rates, and every one is zero.</summary>
    public bool IsFree { get; }

    /// <summary>Most lines that a call can have.</summary>
    public int Count => _entries.Length;

    /// <summary>Prices a call into <paramref name="lines"/>, most specific unit first, units with nothing of their own included.</summary>
    /// <param name="lines">At least <see cref="Count"/> long.</param>
    /// <returns>
    /// False when the figures contradict each other: a unit's parts exceed it, or a figure is missing that cannot be taken as 0.
    /// </returns>
    public bool TryPrice(UsageFigures figures, Span<PricedLine> lines)
    {
        var totalInput = 0m;
        if (_hasTiers && !figures.TryRead(_inputTokens, out totalInput)) return false;

        for (var i = 0; i < _entries.Length; i++)
        {
            ref readonly var entry = ref _entries[i];
            if (!TryOwn(entry, figures, lines[..i], out var own)) return false;
            var price = entry.Rate.At(totalInput);
            lines[i] = new PricedLine(entry.Unit, own, price, own * price / entry.Unit.Per);
        }

        return true;
    }

    private bool TryOwn(in Entry entry, UsageFigures figures, ReadOnlySpan<PricedLine> moreSpecific, out decimal own)
    {
        own = 1;
        if (entry.Unit.IsPerCall) return true;
        if (!figures.TryRead(entry.Unit.Index, out own)) return false;
        if (entry.Inside == 0) return true;

        foreach (ref readonly var line in moreSpecific)
            if ((entry.Inside & line.Unit.Bit) != 0)
                own -= line.Quantity;
        return own >= 0;
    }

    /// <summary>Units with a figure above 0 that neither have a rate nor lie in a unit that has.</summary>
    public ulong Unpriced(UsageFigures figures)
    {
        var unpriced = 0UL;
        for (var rest = figures.Positive & ~Priced; rest != 0; rest &= rest - 1)
        {
            var unit = BitOperations.TrailingZeroCount(rest);
            if ((_units.Around(unit) & Priced) == 0) unpriced |= 1UL << unit;
        }

        return unpriced;
    }

    private readonly record struct Entry(PricedUnit Unit, Rate Rate, ulong Inside);
}

/// <summary>One priced unit of a call.</summary>
/// <param name="Quantity">Units of this kind alone.</param>
/// <param name="Price">USD for <see cref="PricedUnit.Per"/> units.</param>
/// <param name="Amount">USD, not rounded.</param>
public readonly record struct PricedLine(PricedUnit Unit, decimal Quantity, decimal Price, decimal Amount);
