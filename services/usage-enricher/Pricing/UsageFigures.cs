using System.Numerics;

namespace Pipeline.UsageEnricher.Pricing;

/// <summary>
/// What a call used, by unit, in the catalogue's inclusive reading: input tokens hold cached ones, which hold cached audio.
/// Reused between calls; not for use by two threads.
/// </summary>
public sealed class UsageFigures(UnitRegistry units)
{
    /// <summary>With rates up to <see cref="Rate.MaxPrice"/> no product leaves the range of <see cref="decimal"/>.</summary>
    public const decimal MaxFigure = 1e22m;

    private readonly decimal[] _figures = new decimal[units.Units.Count];
    private ulong _reported;
    private ulong _positive;

    public UnitRegistry Units => units;

    /// <summary>Everything that is above 0 was reported, joint figures included: what was not reported is 0.</summary>
    public bool IsComplete { get; set; }

    public void Clear()
    {
        for (var rest = _reported; rest != 0; rest &= rest - 1) _figures[BitOperations.TrailingZeroCount(rest)] = 0;
        _reported = 0;
        _positive = 0;
        IsComplete = false;
    }

    /// <summary>Sets the figure of one unit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or above <see cref="MaxFigure"/>.</exception>
    public void Report(int unit, decimal figure)
    {
        if (figure is < 0 or > MaxFigure) throw new ArgumentOutOfRangeException(nameof(figure), figure, $"0 to {MaxFigure}");
        _figures[unit] = figure == 0 ? 0 : figure;
        _reported |= 1UL << unit;
        if (figure > 0) _positive |= 1UL << unit;
        else _positive &= ~(1UL << unit);
    }

    public void Add(int unit, decimal figure) => Report(unit, _figures[unit] + figure);

    /// <summary>The figure as reported, 0 where it was not.</summary>
    public decimal Reported(int unit) => _figures[unit];

    /// <summary>Units with a figure above 0.</summary>
    public ulong Positive => _positive;

    /// <summary>
    /// The unit's figure. One that was not reported is 0, unless what was reported says that it cannot be known: a part of it
    /// is above 0, or two figures above 0 overlap in it.
    /// </summary>
    /// <returns>False when the figure would have had to be reported.</returns>
    public bool TryRead(int unit, out decimal figure)
    {
        figure = _figures[unit];
        if (IsComplete || (_reported & (1UL << unit)) != 0) return true;
        if ((_positive & units.Inside(unit)) != 0) return false;

        if (BitOperations.PopCount(_positive & units.Around(unit)) < 2) return true;
        foreach (var pair in units.Joined(unit))
            if ((_positive & pair) == pair)
                return false;
        return true;
    }
}
