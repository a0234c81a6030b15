using Pipeline.Schemas;
using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Pricing.Books;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>
/// Finds a call's price entry in a book: each catalogue is asked in turn, by the model that replied, else by the one asked for; each
/// name as written, else bare. Remembers answers, for a provider has a thousand entries and a company uses ten. Not for use by two threads.
/// </summary>
internal sealed class ModelLookup(PriceBook book)
{
    /// <summary>Answers remembered; past it all are forgotten, since names without end are no names worth keeping.</summary>
    public const int MaxRemembered = 4096;

    private static readonly PriceFactor[] NoFactors = [];

    private readonly Dictionary<(string Provider, string? Replied, string? Asked), PriceEntry> _remembered = [];

    /// <param name="replied">Model that replied; null = not told.</param>
    /// <param name="asked">Model asked for; null = not told.</param>
    /// <returns>Without a model when neither name is known.</returns>
    public PriceEntry Find(string provider, string? replied, string? asked)
    {
        if (_remembered.TryGetValue((provider, replied, asked), out var known)) return known;

        var entry = FindAnew(provider, replied, asked);
        if (_remembered.Count >= MaxRemembered) _remembered.Clear();
        _remembered.Add((provider, replied, asked), entry);
        return entry;
    }

    private PriceEntry FindAnew(string provider, string? replied, string? asked)
    {
        PriceEntry? unset = null;
        for (var i = 0; i < book.Catalogues.Count; i++)
        {
            var answer = Ask(book.Catalogues[i], provider, replied);
            if (answer.Model is null) answer = Ask(book.Catalogues[i], provider, asked);
            if (answer.Model is null) continue;

            var name = (replied ?? asked)!;
            var entry = new PriceEntry(i, answer, Factors(provider, name), $"{answer.Provider!.Id}/{answer.Model.Id}");
            // An entry without any rate is a name, not a price: the next catalogue may know better.
            if (!answer.Model.IsUnset) return entry;
            unset ??= entry;
        }

        return unset ?? new PriceEntry(0, default, NoFactors, KeyToAdd(provider, replied ?? asked));
    }

    private static CatalogueAnswer Ask(Catalogue catalogue, string provider, string? model)
    {
        if (model is null) return default;
        var answer = catalogue.Find(provider, model);
        if (answer.Model is not null) return answer;
        var bare = ModelName.Bare(model);
        return bare == model ? answer : catalogue.Find(provider, bare);
    }

    private PriceFactor[] Factors(string provider, string model)
    {
        var (lowerProvider, lowerModel) = (provider.ToLowerInvariant(), ModelName.Bare(model).ToLowerInvariant());
        var factors = book.Factors.Where(factor => factor.IsFor(lowerProvider, lowerModel)).ToArray();
        return factors.Length == 0 ? NoFactors : factors;
    }

    /// <summary>`provider/model` that an entry of the overrides file would need, as the event names them.</summary>
    private static string KeyToAdd(string provider, string? model) => $"{provider}/{(model is null ? "unknown" : ModelName.Bare(model))}";
}

/// <param name="Catalogue">Place in the book of the catalogue that answered.</param>
/// <param name="Factors">Rules that may hold for the model.</param>
/// <param name="Key">`provider/model` of the entry; without one, the key to add.</param>
internal sealed record PriceEntry(int Catalogue, CatalogueAnswer Answer, IReadOnlyList<PriceFactor> Factors, string Key);
