using Pipeline.GatewayEdge.Metering;

namespace Pipeline.GatewayEdge.Explaining;

/// <summary>How an operator would configure the upstream of a recorded exchange.</summary>
/// <param name="Api">The kind, as in `Gateway:Upstreams:&lt;name&gt;:Api`.</param>
/// <param name="Provider">Who answers; the kind's own vendor where nothing else is known.</param>
internal readonly record struct RecordedUpstream(string Api, string Provider)
{
    /// <summary>Ends of hosts whose vendor is no guess.</summary>
    private static readonly (string HostEnd, string Kind)[] Hosts =
    [
        ("api.openai.com", "openai"),
        (".openai.azure.com", "azure"),
        (".services.ai.azure.com", "azure"),
        ("api.anthropic.com", "anthropic"),
        ("generativelanguage.googleapis.com", "google"),
        ("aiplatform.googleapis.com", "vertex"),
        ("api.mistral.ai", "mistral"),
        ("api.cohere.com", "cohere"),
        ("api.cohere.ai", "cohere"),
        ("api.groq.com", "groq"),
        ("api.deepseek.com", "deepseek"),
        ("api.x.ai", "xai"),
        ("api.together.xyz", "together"),
        ("api.together.ai", "together"),
        ("openrouter.ai", "openrouter"),
        ("api.perplexity.ai", "perplexity"),
        ("ollama.com", "ollama"),
        ("localhost:11434", "ollama"),
        (".amazonaws.com", "bedrock"),
        (".api.aws", "bedrock"),
    ];

    /// <summary>
    /// A provider that is a kind of its own is that; any other one speaks OpenAI's API under its own name. Where no provider is named, the
    /// host tells it.
    /// </summary>
    public static RecordedUpstream Of(RecordedExchange exchange)
    {
        var provider = exchange.Provider.Length > 0 ? exchange.Provider : OfHost(exchange.Host);
        return ApiFamilies.ApiKinds.Contains(provider) ? new(provider, provider) : new("openai", provider);
    }

    /// <summary>Somebody else answers: by another name, or for Anthropic from a host that is not its own, which a recording tells.</summary>
    public bool IsRelay(string host) =>
        Provider != Api || (Api == AnthropicApis.Table.Kind && host.Length > 0 && !host.EndsWith("anthropic.com", StringComparison.OrdinalIgnoreCase));

    private static string OfHost(string host)
    {
        foreach (var (end, kind) in Hosts)
        {
            if (host.EndsWith(end, StringComparison.OrdinalIgnoreCase))
                return kind;
        }

        return "openai";
    }
}
