using Pipeline.UsageEnricher.Pricing;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>
/// A model of Hugging Face's router as it is asked for: `openai/gpt-oss-120b:groq` is served, and priced, by Groq. The catalogue has each
/// serving provider as one of its own: huggingface_groq. Without a suffix the router chooses, and does not say whom.
/// </summary>
/// <param name="Provider">The catalogue's.</param>
/// <param name="Model">Repository of the model.</param>
internal sealed record RoutedModel(string Provider, string Model)
{
    private const string Router = "huggingface";

    /// <summary>Suffixes that leave the choice to the router.</summary>
    private static readonly string[] Policies = ["fastest", "cheapest", "preferred", "auto"];

    /// <returns>Null when it is another provider's model, or the router was not told who is to serve it.</returns>
    public static RoutedModel? Of(string provider, string? model)
    {
        if (model is null || provider != Router || model.LastIndexOf(':') is not (> 0 and var colon) || colon == model.Length - 1) return null;
        var server = model[(colon + 1)..].ToLowerInvariant();
        return Policies.Contains(server) ? null : new RoutedModel($"{Router}_{server}", ModelName.Bare(model[..colon]));
    }

    /// <summary>By the provider's exact name only: its patterns take names that merely hold it.</summary>
    public CatalogueAnswer AskIn(Catalogue catalogue) =>
        catalogue.Find(Provider, Model) is { Provider.Id: var id } answer && id == Provider ? answer : default;
}
