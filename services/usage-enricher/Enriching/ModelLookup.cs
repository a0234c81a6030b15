using Pipeline.Schemas;
using Pipeline.UsageEnricher.Pricing;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>
/// Finds a call's catalogue entry: by the model that replied, else by the one asked for; each as written, else bare.
/// Remembers answers, for a provider has a thousand entries and a company uses ten. Not for use by two threads.
/// </summary>
internal sealed class ModelLookup(Catalogue catalogue)
{
    /// <summary>Answers remembered; past it all are forgotten, since names without end are no names worth keeping.</summary>
    public const int MaxRemembered = 4096;

    private readonly Dictionary<(string Provider, string Model), CatalogueAnswer> _remembered = [];

    /// <returns>Without a model when neither name is known.</returns>
    public CatalogueAnswer Find(LLMUsageAudit call)
    {
        var answer = default(CatalogueAnswer);
        if (call.ResponseModel is { } replied) answer = Find(call.Provider, replied);
        if (answer.Model is null && call.RequestModel is { } asked) answer = Find(call.Provider, asked);
        return answer;
    }

    /// <summary>`provider/model` of the entry that an unknown call would need.</summary>
    public static string KeyToAdd(LLMUsageAudit call, in CatalogueAnswer answer)
    {
        var model = call.ResponseModel ?? call.RequestModel;
        return $"{answer.Provider?.Id ?? call.Provider}/{(model is null ? "unknown" : ModelName.Bare(model))}";
    }

    private CatalogueAnswer Find(string provider, string model)
    {
        if (_remembered.TryGetValue((provider, model), out var known)) return known;

        var answer = catalogue.Find(provider, model);
        if (answer.Model is null)
        {
            var bare = ModelName.Bare(model);
            if (bare != model) answer = catalogue.Find(provider, bare);
        }

        if (_remembered.Count >= MaxRemembered) _remembered.Clear();
        _remembered.Add((provider, model), answer);
        return answer;
    }
}
