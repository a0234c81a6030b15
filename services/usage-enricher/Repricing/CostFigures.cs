using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Repricing;

/// <summary>What makes two costs the same money for the same reasons. Names and versions of where a price comes from are no figures.</summary>
internal static class CostFigures
{
    public static bool AreEqual(Cost one, Cost other)
    {
        if (one.Status != other.Status || one.Currency != other.Currency || one.ListTotal != other.ListTotal || one.NetTotal != other.NetTotal) return false;
        if (one.LineItems.Count != other.LineItems.Count || !one.Unpriced.SequenceEqual(other.Unpriced, StringComparer.Ordinal)) return false;
        for (var i = 0; i < one.LineItems.Count; i++)
            if (!AreEqual(one.LineItems[i], other.LineItems[i])) return false;
        return true;
    }

    private static bool AreEqual(CostLine one, CostLine other) =>
        one.Dimension == other.Dimension && one.Quantity == other.Quantity && one.Rate == other.Rate && one.Per == other.Per
        && one.Amount == other.Amount && one.NetAmount == other.NetAmount;
}
