using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Repricing;

/// <summary>What makes two costs the same money for the same reasons. The catalogue's version and key are no figures.</summary>
internal static class CostFigures
{
    public static bool AreEqual(Cost one, Cost other) =>
        one.Status == other.Status && one.Currency == other.Currency && one.ListTotal == other.ListTotal && one.NetTotal == other.NetTotal
        && one.LineItems.SequenceEqual(other.LineItems) && one.Unpriced.SequenceEqual(other.Unpriced, StringComparer.Ordinal);
}
