using System.Text.RegularExpressions;

namespace Pipeline.UsageEnricher.Pricing;

/// <summary>Who is paid, and how the provider is recognised. Models are read when first asked for. Safe for many threads.</summary>
public sealed class CatalogueProvider(
    string id,
    string apiPattern,
    NameMatch? nameMatch,
    NameMatch? modelMatch,
    IReadOnlyList<string> fallbacks,
    Func<IReadOnlyList<CatalogueModel>> readModels)
{
    /// <summary>An API pattern that fits no URL.</summary>
    public const string NoApi = "(?!)";

    private readonly Lazy<IReadOnlyList<CatalogueModel>> _models = new(readModels);
    private readonly Regex _apiPattern = NameMatch.Pattern($@"\A(?:{apiPattern})");

    public string Id => id;

    /// <summary>Providers whose models this one sells as well, in the order in which they are asked.</summary>
    public IReadOnlyList<string> Fallbacks => fallbacks;

    /// <summary>In catalogue order: the first match wins.</summary>
    public IReadOnlyList<CatalogueModel> Models => _models.Value;

    /// <summary>Names that mean it, beside its id; null = none.</summary>
    public NameMatch? Names => nameMatch;

    public bool AnswersTo(string lowerCaseName) => nameMatch is not null && nameMatch.Matches(lowerCaseName);

    public bool SellsModel(string lowerCaseName) => modelMatch is not null && modelMatch.Matches(lowerCaseName);

    public bool Serves(string apiUrl) => NameMatch.IsMatch(_apiPattern, apiUrl);

    public CatalogueModel? Find(string lowerCaseName)
    {
        foreach (var model in Models)
            if (model.Matches(lowerCaseName))
                return model;
        return null;
    }
}
