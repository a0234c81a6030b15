using System.ComponentModel.DataAnnotations;
using Pipeline.GatewayEdge.Attribution;
using Pipeline.GatewayEdge.Metering;
using Pipeline.Runtime.Hosting;

namespace Pipeline.GatewayEdge;

/// <summary>One API base that callers may reach, under `/&lt;name&gt;/`.</summary>
public sealed class UpstreamOptions : IValidatableObject
{
    [Option("Where calls go: what follows the upstream's name in the caller's path is put behind this address as it came.")]
    [Required]
    public Uri? BaseAddress { get; init; }

    [Option("Kind of API spoken there: openai, anthropic, google, vertex, azure, bedrock, mistral, cohere, groq, deepseek, xai, together, openrouter, perplexity, ollama, voyage, zai, cerebras or huggingface; any other host that speaks OpenAI's API is openai, with its name as Provider; see docs/sdks.")]
    [Required]
    public string? Api { get; init; }

    [Option("Who answers and is paid, when it is not the kind's own vendor, such as groq behind an openai API or a relay behind an anthropic one; 1-64 characters of [A-Za-z0-9_.:-].")]
    public string? Provider { get; init; }

    [Option("Region of the upstream, for prices and impacts; 1-64 characters of [A-Za-z0-9_.:-].")]
    public string? Region { get; init; }

    [Option("Headers set on every request, over the caller's own.", IsSecret = true)]
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    [Option("Ask for the usage of streams on the caller's behalf (stream_options.include_usage) and take the extra chunk out again.")]
    public bool InjectUsage { get; init; }

    [Option("Estimate from the length of the text what a reply without usage has used; such events say so and stay apart in every sum.")]
    public bool EstimateUsage { get; init; }

    [Option("Speak HTTP/2 to the upstream: negotiated over https, with prior knowledge over http.")]
    public bool Http2 { get; init; }

    [Option("Most connections to the upstream over HTTP/1.1.")]
    [Range(1, 65_536)]
    public int MaxConnections { get; init; } = 1_024;

    [Option("Longest wait for a connection.")]
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    [Option("Longest wait for the reply's headers once the request is on its way.")]
    [Range(typeof(TimeSpan), "00:00:00.1", "06:00:00")]
    public TimeSpan ReplyTimeout { get; init; } = TimeSpan.FromMinutes(10);

    [Option("Longest silence inside a reply.")]
    [Range(typeof(TimeSpan), "00:00:00.1", "06:00:00")]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    [Option("How long a reply is still read for its usage after the caller has left.")]
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    [Option("How much of a reply is still read for its usage after the caller has left.", Unit = "bytes")]
    [Range(0L, 1L << 40)]
    public long DrainMaxBytes { get; init; } = 4L << 20;

    [Option("Whether callers of this upstream must send a token; not given = as Gateway:Jwt:Mode says.")]
    public IdentityDemand? Jwt { get; init; }

    [Option("Whether callers of this upstream must send a virtual key; not given = as Gateway:VirtualKeys:Mode says.")]
    public IdentityDemand? VirtualKeys { get; init; }

    [Option("Capture prompts and replies of the tenants in Gateway:Content:Tenants to llm-usage-content, redacted.")]
    public bool CaptureContent { get; init; }

    [Option("Pass the caller's token on, because it is the provider's own credential too.")]
    public bool ForwardToken { get; init; }

    [Option("Header that takes the provider's key of a virtual key; not given = the usual one of the kind of API. Authorization gets Bearer before it.")]
    [RegularExpression("^[A-Za-z0-9-]{1,64}$", ErrorMessage = "must be 1-64 letters, digits and hyphens")]
    public string? CredentialHeader { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!ApiFamilies.ApiKinds.Contains(Api))
            yield return new($"'{Api}' must be one of {string.Join(", ", ApiFamilies.ApiKinds)}", [nameof(Api)]);
        if (BaseAddress is { } address && (address.Query.Length > 0 || address.Fragment.Length > 0))
            yield return new("must have no query and no fragment; put them into the caller's path", [nameof(BaseAddress)]);
        if (Provider is not null && !AttributionText.IsName(Provider))
            yield return new($"'{Provider}' must be 1-64 characters of [A-Za-z0-9_.:-]", [nameof(Provider)]);
        if (Region is not null && !AttributionText.IsName(Region))
            yield return new($"'{Region}' must be 1-64 characters of [A-Za-z0-9_.:-]", [nameof(Region)]);
        foreach (var name in Headers.Keys)
            if (name.Length == 0 || !name.All(static character => char.IsAsciiLetterOrDigit(character) || "!#$%&'*+-.^_`|~".Contains(character)))
                yield return new($"'{name}' is not a header's name", [nameof(Headers)]);
    }
}
