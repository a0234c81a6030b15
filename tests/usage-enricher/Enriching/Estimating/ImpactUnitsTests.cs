using System.Numerics;
using Pipeline.UsageEnricher.Enriching.Estimating;

namespace Pipeline.UsageEnricher.Tests.Enriching.Estimating;

public sealed class ImpactUnitsTests
{
    [Theory]
    [InlineData(0, "0.000000000000000")]
    [InlineData(1, "1.000000000000000")]
    [InlineData(1e-15, "0.000000000000001")]
    [InlineData(4.9e-16, "0.000000000000000")]
    [InlineData(5.1e-16, "0.000000000000001")]
    [InlineData(5e-324, "0.000000000000000")]
    [InlineData(1e12, "1000000000000.000000000000000")]
    [InlineData(5.9157118989294600e-04, "0.000591571189893")]
    public void Of_Figure_IsItsDecimalAt15Digits(double figure, string expected) =>
        Assert.Equal(expected, ImpactUnits.ToDecimal(ImpactUnits.Of(figure)).ToString(System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public void Of_FigureBetweenTwoUnits_TakesTheEvenOne()
    {
        // 2^-16 is 15258789062.5 units, 3 × 2^-16 is 45776367187.5.
        Assert.Equal((Int128)15258789062, ImpactUnits.Of(Math.ScaleB(1, -16)));
        Assert.Equal((Int128)45776367188, ImpactUnits.Of(3 * Math.ScaleB(1, -16)));
    }

    [Fact]
    public void Of_AnyFigure_IsTheExactValueRounded()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var i = 0; i < 20_000; i++)
        {
            var figure = random.NextDouble() * Math.Pow(10, random.Next(-20, 13));
            Assert.Equal(Exact(figure), (BigInteger)ImpactUnits.Of(figure));
        }
    }

    [Theory]
    [InlineData(-1e-300)]
    [InlineData(1.0000001e12)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Of_WhatIsNoFigure_Throws(double figure) => Assert.Throws<ArgumentOutOfRangeException>(() => ImpactUnits.Of(figure));

    private static BigInteger Exact(double figure)
    {
        var scale = BigInteger.Pow(2, 200);
        var scaled = (BigInteger)Math.ScaleB(figure, 200) * BigInteger.Pow(10, 15);
        var (whole, rest) = BigInteger.DivRem(scaled, scale);
        var half = scale / 2;
        return rest > half || (rest == half && !whole.IsEven) ? whole + 1 : whole;
    }
}
