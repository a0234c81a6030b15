namespace Pipeline.UsageEnricher.Pricing;

/// <summary>One entry of a provider: which names it answers to, and its rates over time. Safe for many threads.</summary>
public sealed class CatalogueModel
{
    /// <summary>Variants are told apart by the bits of a mask.</summary>
    public const int MaxVariants = 64;

    /// <summary>Merged price blocks kept per entry: periods times combinations of variants that calls really name.</summary>
    private const int MaxMergedBlocks = 256;

    private readonly UnitRegistry _units;
    private readonly NameMatch _match;
    private readonly DatedRates[] _rates;
    private readonly PriceBlock[] _blocks;
    private readonly PriceVariant[] _variants;
    private readonly Dictionary<(int Block, ulong Variants), PriceBlock> _merged = [];

    public CatalogueModel(
        UnitRegistry units, string id, NameMatch match, IReadOnlyList<DatedRates> rates, IReadOnlyList<PriceVariant> variants)
    {
        if (rates.Count == 0) throw new ArgumentException($"{id} has no rates");
        if (variants.Count > MaxVariants) throw new ArgumentException($"{id} has more than {MaxVariants} variants");
        _units = units;
        _match = match;
        _rates = [.. rates];
        _variants = [.. variants];
        _blocks = [.. rates.Select(dated => new PriceBlock(units, dated.Rates))];
        Id = id;
    }

    public string Id { get; }

    /// <summary>Provider and entry that this one is an alias of; null = none.</summary>
    public (string? Provider, string? Model)? SameAs { get; init; }

    /// <summary>Rates over time, as the catalogue lists them.</summary>
    public IReadOnlyList<DatedRates> Rates => _rates;

    public IReadOnlyList<PriceVariant> Variants => _variants;

    /// <summary>No rates at any time: the catalogue knows the model, not its price.</summary>
    public bool IsUnset => _blocks.All(static block => block.Count == 0) && _variants.All(static variant => variant.Rates.Count == 0);

    /// <summary>Names that it answers to, where it is the first that does.</summary>
    public NameMatch Match => _match;

    public bool Matches(string lowerCaseName) => _match.Matches(lowerCaseName);

    /// <summary>
    /// The rates for a call: of the dated ones the last that holds, else the first; over them those of the variants that the
    /// context names, each rate from the first such variant that has it.
    /// </summary>
    /// <param name="at">When the call was made; must be UTC.</param>
    /// <param name="context">What the call says about how it was served, case-sensitive; null = nothing.</param>
    public PriceSelection Select(DateTime at, IReadOnlyDictionary<string, string>? context)
    {
        var block = BlockAt(at);
        if (context is null || context.Count == 0 || _variants.Length == 0) return new PriceSelection(_blocks[block], ServiceKeys.None);

        var covered = ServiceKeys.None;
        var withRates = 0UL;
        for (var i = 0; i < _variants.Length; i++)
        {
            if (!_variants[i].IsNamedBy(context) || !_variants[i].Period.Holds(at)) continue;
            covered |= _variants[i].Keys;
            if (_variants[i].Rates.Count > 0) withRates |= 1UL << i;
        }

        return new PriceSelection(withRates == 0 ? _blocks[block] : Merged(block, withRates), covered);
    }

    private int BlockAt(DateTime at)
    {
        for (var i = _rates.Length - 1; i > 0; i--)
            if (_rates[i].Period.Holds(at))
                return i;
        return 0;
    }

    private PriceBlock Merged(int block, ulong variants)
    {
        lock (_merged)
        {
            if (_merged.TryGetValue((block, variants), out var known)) return known;

            var rates = new Dictionary<string, Rate>(StringComparer.Ordinal);
            for (var i = 0; i < _variants.Length; i++)
                if ((variants & (1UL << i)) != 0)
                    foreach (var (key, rate) in _variants[i].Rates)
                        rates.TryAdd(key, rate);
            foreach (var (key, rate) in _rates[block].Rates) rates.TryAdd(key, rate);

            var merged = new PriceBlock(_units, rates);
            if (_merged.Count >= MaxMergedBlocks) _merged.Clear();
            _merged.Add((block, variants), merged);
            return merged;
        }
    }
}

/// <summary>Rates by price key with the time in which they hold.</summary>
public sealed record DatedRates(EffectivePeriod Period, IReadOnlyDictionary<string, Rate> Rates);
