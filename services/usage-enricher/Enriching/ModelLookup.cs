using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Pricing.Books;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>
/// Finds a call's price entry in a book: by the model that replied in every catalogue, and by the one asked for only where that is
/// certainly the same, or where nobody knows the first.
/// <code>
///   certain    1 the operator's overrides: the reply's name; else the request's, if that is a name of the operator's own (a deployment, an alias)
///                that no list knows, or a name of the reply's model
///              2 the lists in turn: the reply's name
///              3 the lists in turn: the request's name, if it is one of the reply's model, or tells the router who serves it, or no model is
///                told to have replied
///   in doubt   4 overrides and lists: the request's name
/// </code>
/// Each name as written, else bare. An entry without any rate is a name, not a price: what comes after may know better. Remembers
/// answers, for a provider has a thousand entries and a company uses ten. Not for use by two threads.
/// </summary>
internal sealed class ModelLookup(PriceBook book)
{
    /// <summary>Answers remembered; past it all are forgotten, since names without end are no names worth keeping.</summary>
    public const int MaxRemembered = 4096;

    private static readonly PriceFactor[] NoFactors = [];

    /// <summary>Catalogues of the operator's own, which stand before the lists.</summary>
    private readonly int _own = book.Catalogues[0].Id == OverrideFile.CatalogueId ? 1 : 0;

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
        // A router's replies have the serving provider's names: the request's is the one that prices go by.
        var name = RoutedModel.Of(provider, asked) is null ? replied ?? asked : asked;
        var toAdd = KeyToAdd(provider, name);
        var found = Best(Certain(provider, replied, asked));
        var isDoubtful = found is null;
        found ??= Best(Own(provider, asked).Concat(Listed(provider, asked)));
        if (found is not var (catalogue, answer)) return new PriceEntry(0, default, NoFactors, toAdd, toAdd, false);
        return new PriceEntry(catalogue, answer, Factors(provider, name!), $"{answer.Provider!.Id}/{answer.Model!.Id}", toAdd, isDoubtful);
    }

    private IEnumerable<(int Catalogue, CatalogueAnswer Answer)> Certain(string provider, string? replied, string? asked)
    {
        var isSame = replied is null || (asked is not null && ModelName.IsSameModel(asked, replied)) || RoutedModel.Of(provider, asked) is not null;
        var own = Own(provider, replied);
        if (isSame || !Listed(provider, asked).Any()) own = own.Concat(Own(provider, asked));
        var listed = Listed(provider, replied);
        return own.Concat(isSame ? listed.Concat(Listed(provider, asked)) : listed);
    }

    /// <summary>The first with a rate, else the first.</summary>
    private static (int Catalogue, CatalogueAnswer Answer)? Best(IEnumerable<(int Catalogue, CatalogueAnswer Answer)> answers)
    {
        (int, CatalogueAnswer)? unset = null;
        foreach (var one in answers)
        {
            if (!one.Answer.Model!.IsUnset) return one;
            unset ??= one;
        }

        return unset;
    }

    private IEnumerable<(int Catalogue, CatalogueAnswer Answer)> Own(string provider, string? model) => Ask(0, _own, provider, model);

    private IEnumerable<(int Catalogue, CatalogueAnswer Answer)> Listed(string provider, string? model) => Ask(_own, book.Catalogues.Count, provider, model);

    /// <summary>Answers of the catalogues that know the name.</summary>
    private IEnumerable<(int Catalogue, CatalogueAnswer Answer)> Ask(int from, int to, string provider, string? model)
    {
        if (model is null) yield break;
        for (var i = from; i < to; i++)
            if (Ask(book.Catalogues[i], provider, model) is { Model: not null } answer) yield return (i, answer);
    }

    private static CatalogueAnswer Ask(Catalogue catalogue, string provider, string model)
    {
        var answer = catalogue.Find(provider, model);
        if (answer.Model is not null) return answer;
        if (RoutedModel.Of(provider, model) is { } routed) return routed.AskIn(catalogue);
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
/// <param name="KeyToAdd">`provider/model` that an override of the model would need.</param>
/// <param name="IsDoubtful">The entry is the requested model's, and another replied that nobody knows.</param>
internal sealed record PriceEntry(int Catalogue, CatalogueAnswer Answer, IReadOnlyList<PriceFactor> Factors, string Key, string KeyToAdd, bool IsDoubtful);
