using System.Numerics;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Pricing;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>
/// What a call cost and how that came about. Never throws over what an event holds, and never says 0 for what it does not
/// know. Not for use by two threads.
/// </summary>
internal sealed class CallPricer(Catalogue catalogue)
{
    /// <summary>Digits after the point of money on the wire; each line item is rounded to it once, half-even.</summary>
    public const int MoneyScale = 12;

    /// <summary>Amounts above it are no amounts.</summary>
    public const decimal MaxAmount = 1_000_000_000_000m;

    private const string Currency = "USD";
    private const int MaxKeyLength = 128;
    private const int MaxDimensionLength = 64;

    private readonly ModelLookup _models = new(catalogue);
    private readonly CallFigures _call = new(catalogue.Units);
    private readonly ServedAs _served = new();
    private readonly PricedLine[] _lines = new PricedLine[UnitRegistry.MaxUnits];

    /// <param name="at">Event time.</param>
    public Cost Price(LLMUsageAudit call, DateTimeOffset at)
    {
        if (Billing.IsRepeat(call)) return Charged(CostStatus.Free, null, [], []);
        if (CallFigures.IsMissing(call))
            return Billing.IsUncharged(call) ? Charged(CostStatus.Free, null, [], []) : Unknown(CostStatus.UsageMissing, null, []);

        _call.Read(call);
        var answer = _models.Find(call);
        var key = Cut(answer.Model is null ? ModelLookup.KeyToAdd(call, answer) : $"{answer.Provider!.Id}/{answer.Model.Id}", MaxKeyLength);
        if (_call.OutOfBounds.Count > 0) return Unknown(CostStatus.UnpricedDimension, key, _call.OutOfBounds);
        if (answer.Model is null) return Unknown(CostStatus.UnpricedModel, key, []);

        _served.Read(call);
        MinimumDuration.Apply(answer, _call.Figures);
        var selection = answer.Model.Select(at.UtcDateTime, answer.IsBorrowed ? null : _served.Context);
        if (selection.Block.Count == 0) return Unknown(CostStatus.UnpricedModel, key, []);
        if (!selection.Block.TryPrice(_call.Figures, _lines)) return Unknown(CostStatus.Ambiguous, key, []);
        return Itemised(selection, key);
    }

    private Cost Itemised(in PriceSelection selection, string key)
    {
        var block = selection.Block;
        var items = new List<CostLine>(block.Count);
        var (priced, isFree) = (0UL, true);
        foreach (ref readonly var line in _lines.AsSpan(0, block.Count))
        {
            if (line.Quantity == 0) continue;
            if (line.Amount > MaxAmount) return Unknown(CostStatus.UnpricedDimension, key, [line.Unit.Name]);
            priced |= line.Unit.Bit;
            isFree &= line.Price == 0;
            items.Add(ToItem(line));
        }

        var unpriced = Unpriced(block, priced);
        if (unpriced.Count > 0 && items.Count == 0) return Unknown(CostStatus.UnpricedDimension, key, unpriced);
        var status =
            unpriced.Count > 0 ? CostStatus.UnpricedDimension
            : _served.IsSpecial && !selection.NamedVariant ? CostStatus.Ambiguous
            : block.IsFree || (isFree && items.Count > 0) ? CostStatus.Free
            : CostStatus.Priced;
        return Charged(status, key, items, unpriced);
    }

    private static CostLine ToItem(in PricedLine line)
    {
        var amount = decimal.Round(line.Amount, MoneyScale, MidpointRounding.ToEven);
        return new CostLine
        {
            Dimension = line.Unit.Name,
            Quantity = decimal.Round(line.Quantity, MoneyScale, MidpointRounding.ToEven),
            Rate = decimal.Round(line.Price, MoneyScale, MidpointRounding.ToEven),
            Per = line.Unit.Per,
            Amount = amount,
            NetAmount = amount,
        };
    }

    /// <summary>
    /// What the call used and no rate covers: the widest such units. A quantity beside tokens that have a price (seconds of a
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

    private Cost Charged(CostStatus status, string? key, List<CostLine> items, List<string> unpriced)
    {
        var total = 0m;
        foreach (var item in items) total += item.Amount;
        return Unknown(status, key, unpriced) with { ListTotal = total, NetTotal = total, LineItems = items };
    }

    private Cost Unknown(CostStatus status, string? key, IReadOnlyList<string> unpriced) => new()
    {
        Status = status,
        Currency = Currency,
        Unpriced = unpriced.Count == 0 ? [] : [.. unpriced.Select(name => Cut(name, MaxDimensionLength))],
        CatalogueId = catalogue.Id,
        CatalogueVersion = catalogue.Version,
        PriceKey = key,
    };

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
