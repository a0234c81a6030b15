using Pipeline.Runtime;

namespace Pipeline.UsageEnricher.Pricing.Importing;

/// <summary>
/// Prices the same calls by two entries: one call for each unit and each size around a tier, at each edge of a period, as standard and in each
/// way of service that either entry has a price for. Says where the price first moves as no price does. Not for use by two threads.
/// </summary>
/// <param name="freeUnits">Units whose change is wanted: what is priced by them is not compared.</param>
internal sealed class PriceProbe(UnitRegistry before, UnitRegistry after, IReadOnlySet<string> freeUnits)
{
    /// <summary>Times looked at for one pair of entries; entries with more edges are compared at the first ones.</summary>
    public const int MaxTimes = 4096;

    private static readonly DateOnly Past = new(2000, 1, 1);
    private static readonly DateOnly Future = new(2200, 1, 1);
    private static readonly IReadOnlyDictionary<string, string> Standard = new Dictionary<string, string>();

    private readonly bool _areUnitsTheSame = before.Units.Count == after.Units.Count
        && before.Units.All(unit => after.ByName(unit.Name) is { } other && Comparison.OfUnits(unit, other) is null);

    private readonly UsageFigures _figuresBefore = new(before);
    private readonly UsageFigures _figuresAfter = new(after);
    private readonly PricedLine[] _lines = new PricedLine[UnitRegistry.MaxUnits];
    private readonly Dictionary<(CatalogueModel, bool, CatalogueModel, bool), ProbeFault?> _entries = [];
    private readonly Dictionary<(PriceBlock, PriceBlock), ProbeFault?> _blocks = [];

    /// <returns>Null when no price moves as no price does.</returns>
    public ProbeFault? Compare(in CatalogueAnswer old, in CatalogueAnswer now)
    {
        var pair = (old.Model!, old.IsBorrowed, now.Model!, now.IsBorrowed);
        if (!_entries.TryGetValue(pair, out var fault)) _entries.Add(pair, fault = CompareAnew(old, now));
        return fault;
    }

    private ProbeFault? CompareAnew(in CatalogueAnswer old, in CatalogueAnswer now)
    {
        var variants = old.Model!.Variants.Concat(now.Model!.Variants).ToArray();
        var periods = old.Model.Rates.Concat(now.Model.Rates).Select(static dated => dated.Period).Concat(variants.Select(static variant => variant.Period));
        var contexts = variants.Select(static variant => variant.When).DistinctBy(PriceList.Context).Prepend(Standard).ToArray();
        foreach (var at in Edges([.. periods.Distinct()]).Take(MaxTimes))
            foreach (var context in contexts)
            {
                var (was, becomes) = (old.Model.Select(at, old.IsBorrowed ? null : context).Block, now.Model.Select(at, now.IsBorrowed ? null : context).Block);
                if (!_blocks.TryGetValue((was, becomes), out var fault)) _blocks.Add((was, becomes), fault = Compare(was, becomes));
                if (fault is not null) return fault with { Detail = $"{fault.Detail} at {at:yyyy-MM-dd'T'HH:mm:ss}Z{(context.Count == 0 ? "" : $" [{PriceList.Context(context)}]")}" };
            }

        return null;
    }

    /// <summary>Before and at every change, on every day of the week where those count.</summary>
    private static IEnumerable<DateTime> Edges(EffectivePeriod[] periods)
    {
        var days = periods.Select(static period => period.From).OfType<DateOnly>().Distinct().SelectMany(static day => day == DateOnly.MinValue ? [day] : new[] { day.AddDays(-1), day }).Append(Past).Append(Future);
        if (periods.Any(static period => period.Days is not null)) days = days.SelectMany(static day => Enumerable.Range(0, 7).Select(later => DateOnly.FromDayNumber(Math.Min(day.DayNumber + later, DateOnly.MaxValue.DayNumber))));
        var times = periods.SelectMany(static period => new[] { period.DailyFrom, period.DailyTo }).OfType<TimeSpan>()
            .SelectMany(static time => time > TimeSpan.Zero ? [time - TimeSpan.FromTicks(1), time] : new[] { time }).Append(TimeSpan.Zero).Distinct().ToArray();
        return days.Distinct().SelectMany(day => times.Select(time => day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) + time));
    }

    private ProbeFault? Compare(PriceBlock old, PriceBlock now)
    {
        if (_areUnitsTheSame && AreEqual(old.Rates, now.Rates)) return null;
        decimal[] sizes = [1, .. old.Rates.Values.Concat(now.Rates.Values).SelectMany(static rate => rate.Tiers ?? []).Select(static tier => tier.Over + 1m).Distinct().Order()];
        foreach (var unit in before.Units)
        {
            if (freeUnits.Contains(unit.Name)) continue;
            foreach (var size in sizes)
            {
                if (Price(before, _figuresBefore, old, unit, size) is not { } was) continue;
                var becomes = after.ByName(unit.Name) is { } other ? Price(after, _figuresAfter, now, other, size) : null;
                if (becomes is null) return new ProbeFault(ImportChangeKind.LostDimension, $"{unit.PriceKey} {Shown(was, unit, size)} is gone");
                if (Comparison.Of(was, becomes.Value) is { } kind && Comparison.IsSlip(kind)) return new ProbeFault(kind, $"{unit.PriceKey} {Shown(was, unit, size)} -> {Shown(becomes.Value, unit, size)}");
            }
        }

        return null;
    }

    /// <returns>What a call pays that used nothing but this unit, and what that is part of; null when there is no price for it.</returns>
    private decimal? Price(UnitRegistry units, UsageFigures figures, PriceBlock block, PricedUnit unit, decimal size)
    {
        var own = unit.Bit | units.Around(unit.Index);
        if ((block.Priced & own) == 0) return null;
        figures.Clear();
        figures.IsComplete = true;
        if (units.ByName(UnitRegistry.InputTokens) is { } input) figures.Report(input.Index, size);
        foreach (var one in units.Units)
            if ((one.Bit & own) != 0) figures.Report(one.Index, size);
        if (!block.TryPrice(figures, _lines)) return null;

        var total = 0m;
        foreach (ref readonly var line in _lines.AsSpan(0, block.Count))
            if ((line.Unit.Bit & own) != 0) total += line.Amount;
        return total;
    }

    /// <summary>As the rate that it comes to.</summary>
    private static string Shown(decimal amount, PricedUnit unit, decimal size) =>
        PlainDecimal.Of(decimal.Round(unit.IsPerCall ? amount * unit.Per : amount * unit.Per / size, 12)) + (size > 1 ? $" over {size - 1}" : "");

    private static bool AreEqual(IReadOnlyDictionary<string, Rate> one, IReadOnlyDictionary<string, Rate> other) =>
        one.Count == other.Count && one.All(rate => other.TryGetValue(rate.Key, out var same)
            && same.Base == rate.Value.Base && (same.Tiers ?? []).SequenceEqual(rate.Value.Tiers ?? []));
}

/// <param name="Kind">What no price does.</param>
internal sealed record ProbeFault(ImportChangeKind Kind, string Detail);
