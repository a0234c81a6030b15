using System.Text.Json;

namespace Pipeline.UsageEnricher.Pricing.Importing;

/// <summary>LiteLLM's names of providers, which are names of its adapters, gathered into who is paid.</summary>
internal static class LiteLlmProviders
{
    private static readonly Dictionary<string, string> Groups = new(StringComparer.Ordinal)
    {
        ["text-completion-openai"] = "openai",
        ["azure_text"] = "azure",
        ["azure_ai"] = "azure",
        ["bedrock_converse"] = "bedrock",
        ["bedrock_mantle"] = "bedrock",
        ["codestral"] = "mistral",
        ["text-completion-codestral"] = "mistral",
        ["cohere_chat"] = "cohere",
        ["fireworks_ai-embedding-models"] = "fireworks_ai",
        ["text-completion-inception"] = "inception",
    };

    /// <summary>Names of events and of other catalogues that mean the provider too.</summary>
    private static readonly Dictionary<string, (string Operator, string Text)[]> Names = new(StringComparer.Ordinal)
    {
        ["azure"] = [("contains", "azure")],
        ["bedrock"] = [("contains", "bedrock"), ("contains", "amazon"), ("equals", "aws")],
        ["fireworks_ai"] = [("starts_with", "fireworks")],
        ["gemini"] = [("equals", "google"), ("contains", "gemini")],
        ["github_copilot"] = [("contains", "copilot")],
        ["mistral"] = [("starts_with", "mistral")],
        ["moonshot"] = [("starts_with", "moonshot")],
        ["together_ai"] = [("starts_with", "together")],
        ["vertex_ai"] = [("contains", "vertex")],
        ["voyage"] = [("starts_with", "voyage")],
        ["xai"] = [("equals", "x-ai")],
    };

    private static readonly Dictionary<string, string[]> Fallbacks = new(StringComparer.Ordinal)
    {
        ["azure"] = ["openai"],
        ["gemini"] = ["vertex_ai"],
        ["vertex_ai"] = ["gemini"],
    };

    public static string GroupOf(string litellmProvider)
    {
        if (litellmProvider.StartsWith("vertex_ai", StringComparison.Ordinal)) return "vertex_ai";
        var group = Groups.GetValueOrDefault(litellmProvider, litellmProvider);
        return group.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') ? group : throw new FormatException($"'{group}' is no name of a provider");
    }

    /// <summary>The key as it stands, and without the adapter's name before it where no other entry is called that.</summary>
    public static IReadOnlyList<string> NamesOf(string group, string key, IReadOnlySet<string> keys)
    {
        var slash = key.IndexOf('/');
        if (slash <= 0 || GroupOf(key[..slash].Replace('@', '_')) != group) return [key];
        var bare = key[(slash + 1)..];
        return keys.Contains(bare) ? [key] : [key, bare];
    }

    public static void Write(Utf8JsonWriter json, string group, Func<string, bool> isKnown)
    {
        json.WriteString("id", group);
        json.WriteString("api_pattern", CatalogueProvider.NoApi);
        if (Names.TryGetValue(group, out var names))
        {
            json.WriteStartObject("answers_to");
            json.WriteStartArray("or");
            foreach (var (@operator, text) in names)
            {
                json.WriteStartObject();
                json.WriteString(@operator, text);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        if (!Fallbacks.TryGetValue(group, out var fallbacks) || !fallbacks.All(isKnown)) return;
        json.WriteStartArray("fallbacks");
        foreach (var fallback in fallbacks) json.WriteStringValue(fallback);
        json.WriteEndArray();
    }
}
