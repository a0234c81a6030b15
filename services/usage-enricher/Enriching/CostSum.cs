using Pipeline.Schemas;
using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Pricing.Books;
using Pipeline.UsageEnricher.Pricing.Contracts;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>
/// Adds up what the passes of a call cost, list and net, into line items: equal rates of one entry make one item. Each item is rounded
/// once; totals are sums of rounded items. Not for use by two threads.
/// </summary>
internal sealed class CostSum(PriceBook book)
{
    /// <summary>Digits after the point of money on the wire; each line item is rounded to it once, half-even.</summary>
    public const int MoneyScale = 12;

    /// <summary>Totals above it cannot come about: <see cref="MaxItems"/> items of the largest amount.</summary>
    public const decimal MaxTotal = PassPricer.MaxAmount * MaxItems;

    /// <summary>Further rates of a call make it unpriced.</summary>
    public const int MaxItems = 256;

    /// <summary>Among what has no price: the model that replied. The amounts are those of the model asked for.</summary>
    public const string ResponseModel = "response_model";

    private const string Currency = "USD";
    private const int MaxKeyLength = 128;
    private const int MaxDimensionLength = 64;

    /// <summary>What a call's status is when its passes differ: the first of these that one of them has.</summary>
    private static readonly CostStatus[] Worst =
        [CostStatus.UnpricedModel, CostStatus.UnpricedDimension, CostStatus.Ambiguous, CostStatus.Priced, CostStatus.Free];

    private readonly List<Item> _items = [];
    private readonly List<string> _unpriced = [];
    private PriceEntry? _key;
    private string? _keyToAdd;
    private PriceEntry? _entry;
    private Contract? _contract;
    private Contract? _entryContract;
    private CostStatus _status;
    private bool _hasTotal;

    public void Clear()
    {
        _items.Clear();
        _unpriced.Clear();
        (_key, _keyToAdd, _entry, _contract, _entryContract) = (null, null, null, null, null);
        _status = CostStatus.Unknown;
        _hasTotal = false;
    }

    /// <summary>Begins a pass.</summary>
    public void Enter(PriceEntry entry, LLMUsageAudit call, DateTime at)
    {
        _entry = entry;
        _key ??= entry;
        if (entry.IsDoubtful) _keyToAdd ??= entry.KeyToAdd;
        _entryContract = null;
        foreach (var contract in book.Contracts)
        {
            if (!contract.Covers(call, at, entry.Key)) continue;
            _entryContract = contract;
            break;
        }
    }

    public void Add(in PricedLine line)
    {
        var net = _entryContract?.NetOf(line) ?? line.Amount;
        for (var i = 0; i < _items.Count; i++)
        {
            var item = _items[i];
            if (item.Entry != _entry || item.Line.Unit != line.Unit || item.Line.Price != line.Price) continue;
            _items[i] = item with
            {
                Line = line with { Quantity = item.Line.Quantity + line.Quantity, Amount = item.Line.Amount + line.Amount },
                Net = item.Net + net,
            };
            return;
        }

        if (_items.Count < MaxItems) _items.Add(new Item(_entry!, line, net));
        else End(CostStatus.UnpricedDimension, [line.Unit.Name]);
    }

    /// <summary>Ends a pass that has a price.</summary>
    public void Complete(CostStatus status, List<string> unpriced)
    {
        _hasTotal = true;
        _contract ??= _entryContract;
        End(status, unpriced);
    }

    /// <summary>Ends a pass whose price is not known and to which nothing was added.</summary>
    public void Leave(CostStatus status, IReadOnlyList<string>? unpriced = null) => End(status, unpriced ?? []);

    /// <summary>The figures are in doubt: so is a price that was worked out from them.</summary>
    public void Doubt()
    {
        if (_status == CostStatus.Priced) _status = CostStatus.Ambiguous;
    }

    /// <summary>A call without line items: free of charge, or of unknown usage.</summary>
    public Cost Without(CostStatus status)
    {
        var total = status == CostStatus.Free ? 0m : (decimal?)null;
        return Describe(status, null) with { ListTotal = total, NetTotal = total };
    }

    public Cost ToCost()
    {
        var key = _keyToAdd ?? _key!.Key;
        var cost = Describe(_status, Cut(key, MaxKeyLength));
        if (!_hasTotal) return cost;

        var (list, net) = (0m, 0m);
        var lines = new List<CostLine>(_items.Count);
        foreach (var item in _items)
        {
            var line = ToLine(item, key);
            list += line.Amount;
            net += line.NetAmount;
            lines.Add(line);
        }

        return cost with { ListTotal = list, NetTotal = net, LineItems = lines };
    }

    private void End(CostStatus status, IReadOnlyList<string> unpriced)
    {
        // The key of the first entry that is missing is what somebody has to act on.
        if (status == CostStatus.UnpricedModel && _status != CostStatus.UnpricedModel) (_key, _keyToAdd) = (_entry, _entry!.KeyToAdd);
        if (_status == CostStatus.Unknown || Array.IndexOf(Worst, status) < Array.IndexOf(Worst, _status)) _status = status;
        foreach (var name in unpriced)
            if (_unpriced.Count < MaxItems && !_unpriced.Contains(name))
                _unpriced.Add(name);
    }

    private static CostLine ToLine(in Item item, string key) => new()
    {
        Dimension = item.Line.Unit.Name,
        Quantity = Rounded(item.Line.Quantity),
        Rate = Rounded(item.Line.Price),
        Per = item.Line.Unit.Per,
        Amount = Rounded(item.Line.Amount),
        NetAmount = Rounded(item.Net),
        PriceKey = item.Entry.Key == key ? null : Cut(item.Entry.Key, MaxKeyLength),
    };

    private Cost Describe(CostStatus status, string? key)
    {
        var catalogue = book.Catalogues[_key?.Catalogue ?? 0];
        return new Cost
        {
            Status = status,
            Currency = Currency,
            Unpriced = _unpriced.Count == 0 ? [] : [.. _unpriced.Select(static name => Cut(name, MaxDimensionLength))],
            CatalogueId = catalogue.Id,
            CatalogueVersion = catalogue.Version,
            PriceKey = key,
            PriceBook = book.Version,
            Contract = _contract?.Name,
        };
    }

    private static decimal Rounded(decimal amount) => decimal.Round(amount, MoneyScale, MidpointRounding.ToEven);

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];

    /// <param name="Line">Quantity and amount summed over the passes.</param>
    /// <param name="Net">Not rounded.</param>
    private readonly record struct Item(PriceEntry Entry, PricedLine Line, decimal Net);
}
