using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>One charged part of a call whose charge is not its usage.</summary>
/// <param name="Kind">The provider's word for it, a token: <c>billed_units</c>, <c>message</c>, <c>compaction</c>, …</param>
/// <param name="Model">Where it is not the reply's.</param>
internal sealed record BilledPass(string Kind, string? Model, UsageFigures Figures)
{
    /// <summary>Most entries of the record. Further ones are added to the last of the same kind and model.</summary>
    public const int MaxPasses = 32;

    /// <summary>Where a pass goes whose kind is no token.</summary>
    public const string OtherKind = "other";

    public static void Add(ref List<BilledPass>? passes, BilledPass pass)
    {
        passes ??= [];
        if (passes.Count < MaxPasses)
        {
            passes.Add(pass);
            return;
        }

        var same = passes.FindLast(known => known.Kind == pass.Kind && known.Model == pass.Model);
        if (same is null)
        {
            // So many different ones that their prices cannot be told apart: the sum is kept, the record shows that it is not sound.
            same = passes[^1];
            same.Figures.IsSuspect = true;
        }

        same.Figures.Add(pass.Figures);
    }

    /// <param name="quality">Becomes inconsistent when one of them is.</param>
    public static IReadOnlyList<BilledUsage> ToRecords(List<BilledPass>? passes, ref UsageQuality quality)
    {
        if (passes is null)
            return [];

        var records = new BilledUsage[passes.Count];
        for (var at = 0; at < records.Length; at++)
        {
            var (kind, model, figures) = passes[at];
            var (usage, passQuality) = TokenVector.From(figures);
            records[at] = new BilledUsage { Kind = kind, Model = model, Usage = usage };
            if (passQuality == UsageQuality.Inconsistent)
                quality = UsageQuality.Inconsistent;
        }

        return records;
    }
}
