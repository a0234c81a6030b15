namespace Pipeline.UsageEnricher.Pricing;

/// <summary>
/// The price catalogue: who is paid for a model, and at which rates.
/// <code>
///   provider   1 `litellm` with a model `a/b`: provider a, model b, if a is known
///              2 id given:  that id, else the first provider that answers to the name
///              3 URL given: the first whose API pattern it starts with
///              4 else the first that sells the model
///   model      5 the provider's first that matches, else the fallback providers' (one step)
///              6 else the same with a compact date written out: -20251211 as -2025-12-11
/// </code>
/// Immutable and safe for many threads. Order is the catalogue's everywhere.
/// </summary>
public sealed class Catalogue(
    string id, UnitRegistry units, IReadOnlyList<CatalogueProvider> providers, Func<string> computeVersion)
{
    private const string RoutingPrefixProvider = "litellm";

    private readonly Lazy<string> _version = new(computeVersion);

    /// <summary>Source and release, such as `genai-prices-0.2.3`.</summary>
    public string Id => id;

    /// <summary>Hash of the content: first 32 hex digits of a SHA-256.</summary>
    public string Version => _version.Value;

    public UnitRegistry Units => units;
    public IReadOnlyList<CatalogueProvider> Providers => providers;

    /// <param name="provider">Provider as the call names it; null = not told. An empty text is told, and unknown.</param>
    /// <param name="model">Model as the call names it, in any case.</param>
    /// <param name="apiUrl">Base of the API; counts only without a provider. Null = not told.</param>
    public CatalogueAnswer Find(string? provider, string model, string? apiUrl = null)
    {
        var name = model.ToLowerInvariant();
        var isRouted = string.Equals(provider, RoutingPrefixProvider, StringComparison.OrdinalIgnoreCase);
        if (isRouted && name.IndexOf('/') is > 0 and var slash && FindProvider(name[..slash]) is { } routed)
            return FindModel(routed, name[(slash + 1)..]);

        var found = provider is null ? null : FindProvider(provider);
        if (found is null && (provider is null || isRouted)) found = Recognise(name, apiUrl);
        return found is null ? default : FindModel(found, name);
    }

    private CatalogueProvider? FindProvider(string name)
    {
        var wanted = name.ToLowerInvariant().Trim();
        foreach (var provider in providers)
            if (provider.Id == wanted)
                return provider;
        foreach (var provider in providers)
            if (provider.AnswersTo(wanted))
                return provider;
        return null;
    }

    private CatalogueProvider? Recognise(string model, string? apiUrl)
    {
        foreach (var provider in providers)
            if (apiUrl is not null ? provider.Serves(apiUrl) : model.Length > 0 && provider.SellsModel(model))
                return provider;
        return null;
    }

    private CatalogueAnswer FindModel(CatalogueProvider provider, string model)
    {
        var answer = FindAsWritten(provider, model);
        if (answer.Model is not null) return answer;

        var dated = CompactDate.WriteOut(model);
        return ReferenceEquals(dated, model) ? answer : FindAsWritten(provider, dated);
    }

    private CatalogueAnswer FindAsWritten(CatalogueProvider provider, string model)
    {
        if (provider.Find(model) is { } own) return new CatalogueAnswer(provider, own, false);

        foreach (var fallback in provider.Fallbacks)
            foreach (var candidate in providers)
                if (candidate.Id == fallback && candidate.Find(model) is { } borrowed)
                    return new CatalogueAnswer(provider, borrowed, true);
        return new CatalogueAnswer(provider, null, false);
    }
}

/// <param name="Provider">Who was asked, also where the model is another's; null = not found.</param>
/// <param name="Model">Null = not found.</param>
/// <param name="IsBorrowed">The model is a fallback provider's: its variants do not hold here.</param>
public readonly record struct CatalogueAnswer(CatalogueProvider? Provider, CatalogueModel? Model, bool IsBorrowed)
{
    /// <summary>Whose rules of charging hold, those that no catalogue has a word for: the entry's own, or the one's that it is an alias of.</summary>
    public (string? Provider, string? Model) ChargedAs => Model?.SameAs is { } original ? original : (Provider?.Id, Model?.Id);
}
