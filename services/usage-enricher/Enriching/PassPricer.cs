using System.Numerics;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Pricing;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>
/// Prices one pass of a call by an entry of one catalogue: figures in its units, rates for how it was served, factors on top.
/// Not for use by two threads.
/// </summary>
internal sealed class PassPricer(Catalogue catalogue)
{
    /// <summary>Amounts above it are no amounts.</summary>
    public const decimal MaxAmount = 1_000_000_000_000m;

    private readonly CallFigures _call = new(catalogue.Units);
    private readonly PricedLine[] _lines = new PricedLine[UnitRegistry.MaxUnits];

    public void Price(LLMUsageAudit call, TokenUsage? usage, PriceEntry entry, ServedAs served, bool isFirst, DateTime at, CostSum sum)
    {
        _call.Read(call, usage, isFirst);
        sum.Enter(entry, call, at);
        if (_call.OutOfBounds.Count > 0)
        {
            sum.Leave(CostStatus.UnpricedDimension, _call.OutOfBounds);
            return;
        }

        var answer = entry.Answer;
        if (answer.Model is null)
        {
            sum.Leave(CostStatus.UnpricedModel);
            return;
        }

        MinimumDuration.Apply(answer, _call.Figures);
        GroundedPrompts.Apply(answer, _call.Figures);
        var selection = answer.Model.Select(at, answer.IsBorrowed ? null : served.Context);
        if (selection.Block.Count == 0) sum.Leave(CostStatus.UnpricedModel);
        else if (!selection.Block.TryPrice(_call.Figures, _lines)) sum.Leave(CostStatus.Ambiguous);
        else Itemise(selection, entry, served, isFirst, at, sum);
    }

    private void Itemise(in PriceSelection selection, PriceEntry entry, ServedAs served, bool isFirst, DateTime at, CostSum sum)
    {
        var block = selection.Block;
        var (factor, covered) = FactorOf(entry, selection.Covered, served, at);
        foreach (ref var line in _lines.AsSpan(0, block.Count))
        {
            if (factor != 1 && (line.Unit.Bit & _call.TokenUnitMask) != 0) line = line with { Price = line.Price * factor, Amount = line.Amount * factor };
            if (line.Amount <= MaxAmount) continue;
            sum.Leave(CostStatus.UnpricedDimension, [line.Unit.Name]);
            return;
        }

        var (priced, isFree) = (0UL, true);
        foreach (ref readonly var line in _lines.AsSpan(0, block.Count))
        {
            if (line.Quantity == 0 || (line.Unit.IsPerCall && !isFirst)) continue;
            priced |= line.Unit.Bit;
            isFree &= line.Price == 0;
            sum.Add(line);
        }

        var unpriced = Unpriced(block, priced);
        if (unpriced.Count > 0 && priced == 0)
        {
            sum.Leave(CostStatus.UnpricedDimension, unpriced);
            return;
        }

        var status =
            unpriced.Count > 0 ? CostStatus.UnpricedDimension
            : entry.IsDoubtful || (served.Special & ~covered) != 0 ? CostStatus.Ambiguous
            : block.IsFree || (isFree && priced != 0) ? CostStatus.Free
            : CostStatus.Priced;
        if (entry.IsDoubtful) unpriced.Add(CostSum.ResponseModel);
        sum.Complete(status, unpriced);
    }

    /// <summary>Rules for a way of service that the entry has rates of its own for do not hold on top of them.</summary>
    private static (decimal Factor, ServiceKeys Covered) FactorOf(PriceEntry entry, ServiceKeys covered, ServedAs served, DateTime at)
    {
        var (factor, covers) = (1m, covered);
        foreach (var rule in entry.Factors)
        {
            if ((rule.Keys & covered) != 0 || !rule.Holds(at, served.Context)) continue;
            factor *= rule.Factor;
            covers |= rule.Keys;
        }

        return (factor, covers);
    }

    /// <summary>
    /// What the pass used and no rate covers: the widest such units. A quantity beside tokens that have a price (seconds of a
    /// recording billed by token) is information; a tool's calls are always money of their own.
    /// </summary>
    private List<string> Unpriced(PriceBlock block, ulong priced)
    {
        var names = new List<string>();
        var isPricedOtherwise = (priced & ~_call.ToolUnitMask) != 0;
        var open = block.Unpriced(_call.Figures);
        if (isPricedOtherwise) open &= _call.ToolUnitMask | _call.TokenUnitMask;
        for (var rest = open; rest != 0; rest &= rest - 1)
        {
            var unit = BitOperations.TrailingZeroCount(rest);
            if ((catalogue.Units.Around(unit) & open) == 0) names.Add(catalogue.Units[unit].Name);
        }

        names.AddRange(_call.UnknownTools);
        if (!isPricedOtherwise) names.AddRange(_call.UnknownQuantities);
        return names;
    }
}
