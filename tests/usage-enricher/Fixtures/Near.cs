using Pipeline.UsageEnricher.Impacts;

namespace Pipeline.UsageEnricher.Tests.Fixtures;

/// <summary>Equality of doubles as the method promises it: zeros exactly, others to 1e-12 of themselves.</summary>
internal static class Near
{
    public const double Tolerance = 1e-12;

    public static void Equal(double expected, double actual) =>
        Assert.True(IsNear(expected, actual), $"{actual:R} instead of {expected:R}");

    public static void Equal(double min, double max, ScenarioRange actual)
    {
        Equal(min, actual.Min);
        Equal(max, actual.Max);
    }

    public static bool IsNear(double expected, double actual) => expected == 0 ? actual == 0 : Math.Abs(actual - expected) <= Math.Abs(expected) * Tolerance;
}
