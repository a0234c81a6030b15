using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Ledger;

/// <summary>A threshold that changed sides.</summary>
internal readonly record struct ThresholdChange(AlertKind Kind, Crossing Crossing);

/// <summary>Judges what is spent against a limit: a pure function of the earlier crossings and the figures.</summary>
internal static class Thresholds
{
    /// <summary>
    /// A threshold is passed while spent ≥ percent of limit. Passing fires, each time with the next ordinal; falling below resolves. Of an
    /// earlier limit, what does not hold for the new one is resolved; what does is fired anew, for the new limit.
    /// </summary>
    /// <param name="changes">Gets what changed, in ascending order of thresholds.</param>
    /// <returns>The crossings as they are now: the same list when nothing changed.</returns>
    public static IReadOnlyList<Crossing> Judge(
        IReadOnlyList<Crossing> known, BudgetUnit unit, decimal limit, IReadOnlyList<int> thresholds, decimal spent, List<ThresholdChange> changes)
    {
        List<Crossing>? judged = null;
        foreach (var percent in thresholds)
        {
            // Divided first: hundredths of a limit are exact, hundredfold sums may not fit.
            var isPassed = spent >= limit / 100 * percent;
            var current = -1;
            for (var i = 0; i < (judged ?? known).Count; i++)
            {
                var crossing = (judged ?? known)[i];
                if (crossing.ThresholdPercent != percent) continue;
                if (crossing.Unit == unit && crossing.Limit == limit) current = i;
                else if (crossing.Active)
                {
                    (judged ??= [.. known])[i] = crossing with { Active = false };
                    if (!isPassed) changes.Add(new ThresholdChange(AlertKind.Resolved, crossing));
                }
            }

            if (current < 0 && isPassed)
            {
                var first = new Crossing { ThresholdPercent = percent, Limit = limit, Ordinal = 1, Active = true, Unit = unit };
                (judged ??= [.. known]).Add(first);
                changes.Add(new ThresholdChange(AlertKind.Fired, first));
            }
            else if (current >= 0 && (judged ?? known)[current] is var last && last.Active != isPassed)
            {
                var next = last with { Active = isPassed, Ordinal = isPassed ? last.Ordinal + 1 : last.Ordinal };
                (judged ??= [.. known])[current] = next;
                changes.Add(new ThresholdChange(isPassed ? AlertKind.Fired : AlertKind.Resolved, next));
            }
        }

        return judged ?? known;
    }
}
