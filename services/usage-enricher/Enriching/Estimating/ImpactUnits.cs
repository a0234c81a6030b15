using Pipeline.UsageEnricher.Impacts;

namespace Pipeline.UsageEnricher.Enriching.Estimating;

/// <summary>
/// Impacts as whole numbers of 1e-15 of their unit, which add up to the same in any order, as doubles do not.
/// </summary>
internal static class ImpactUnits
{
    /// <summary>Digits after the point of impact sums on the wire.</summary>
    public const int Scale = 15;

    /// <summary>Figures above it are no figures.</summary>
    public const double MaxFigure = 1e12;

    /// <summary>Decimal(28,15) holds less than 1e13; a sum that would pass this is written and begun anew.</summary>
    public static readonly Int128 MaxSum = (Int128)8e12m * UnitsPerOne;

    private const long UnitsPerOne = 1_000_000_000_000_000;
    private const int MantissaBits = 52;
    private const int ExponentBias = 1075;
    private const int ExponentMask = 0x7FF;
    private const int Bits = 128;

    public static bool CanHold(in ImpactEstimate estimate) =>
        Holds(estimate.Energy) && Holds(estimate.Gwp) && Holds(estimate.Adpe) && Holds(estimate.Pe) && Holds(estimate.Wcf);

    /// <summary>Rounds the double's exact value, half-even.</summary>
    /// <param name="figure">0 to <see cref="MaxFigure"/>.</param>
    public static Int128 Of(double figure)
    {
        if (!(figure >= 0 && figure <= MaxFigure)) throw new ArgumentOutOfRangeException(nameof(figure));
        var bits = BitConverter.DoubleToInt64Bits(figure);
        var exponent = (int)(bits >> MantissaBits) & ExponentMask;
        var mantissa = bits & ((1L << MantissaBits) - 1);
        if (exponent == 0) exponent = 1;
        else mantissa |= 1L << MantissaBits;

        // figure = mantissa / 2^shift, and a figure within the bound is below 2^52: the shift is never below 1.
        var shift = ExponentBias - exponent;
        if (shift >= Bits) return 0;
        var scaled = (UInt128)mantissa * UnitsPerOne;
        var whole = scaled >> shift;
        var rest = scaled - (whole << shift);
        var half = UInt128.One << (shift - 1);
        if (rest > half || (rest == half && (whole & 1) == 1)) whole++;
        return (Int128)whole;
    }

    /// <param name="units">At most <see cref="MaxSum"/> and one <see cref="MaxFigure"/> more, or as far below 0.</param>
    public static decimal ToDecimal(Int128 units)
    {
        var size = Int128.Abs(units);
        return new decimal((int)size, (int)(size >> 32), (int)(size >> 64), isNegative: units < 0, Scale);
    }

    private static bool Holds(ScenarioRange range) => range is { Min: >= 0 and <= MaxFigure, Max: >= 0 and <= MaxFigure };
}
