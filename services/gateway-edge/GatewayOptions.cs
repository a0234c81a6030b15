using System.ComponentModel.DataAnnotations;
using System.Net;
using Pipeline.GatewayEdge.Attribution;
using Pipeline.GatewayEdge.Content;
using Pipeline.GatewayEdge.Spooling;
using Pipeline.GatewayEdge.Telemetry;
using Pipeline.Runtime.Hosting;

namespace Pipeline.GatewayEdge;

/// <summary>Where calls arrive, where they may go, and what is kept of them.</summary>
[Section("Gateway")]
public sealed class GatewayOptions : IValidatableObject
{
    [Option("Address and port for callers.")]
    public IPEndPoint Address { get; init; } = new(IPAddress.Loopback, 8080);

    [Option("What callers may reach, by name: the first segment of their path.")]
    public IReadOnlyDictionary<string, UpstreamOptions> Upstreams { get; init; } = new Dictionary<string, UpstreamOptions>();

    [Option("Secret of 16 bytes or more under which callers' keys are hashed; made beside the spool when not given.")]
    public string? KeyHashSecretFile { get; init; }

    [Option("Reply header that tells the caller its request id.")]
    [RegularExpression("^[A-Za-z0-9-]{1,64}$", ErrorMessage = "must be 1-64 letters, digits and hyphens")]
    public string RequestIdHeader { get; init; } = "x-llmops-request-id";

    [Option("Names of x-llm-tags that may pass; without any, every name may.")]
    public IReadOnlyList<string> AllowedTags { get; init; } = [];

    [Option("Names in a body's metadata that become tags; without any, none does.")]
    public IReadOnlyList<string> MetadataTags { get; init; } = [];

    [Option("Signed tokens of callers.")]
    public JwtOptions Jwt { get; init; } = new();

    [Option("Keys of the operator's own that callers send in place of a provider's.")]
    public VirtualKeyOptions VirtualKeys { get; init; } = new();

    [Option("Prompts and replies, where switched on.")]
    public ContentOptions Content { get; init; } = new();

    [Option("One JSON line for each call.")]
    public AccessLogOptions AccessLog { get; init; } = new();

    [Option("Token totals under the names of other gateways' dashboards.")]
    public DashboardMetricOptions DashboardMetrics { get; init; } = new();

    [Option("Most calls in flight; the next one is refused with 503.")]
    [Range(1, 1_000_000)]
    public int MaxConcurrentRequests { get; init; } = 10_000;

    [Option("Most replies that are read on at a time after their callers have left; the next one is ended at once.")]
    [Range(0, 1_000_000)]
    public int MaxConcurrentDrains { get; init; } = 256;

    [Option("Longest request line and headers together.", Unit = "bytes")]
    [Range(8 * 1024, 1024 * 1024)]
    public int MaxRequestHeadBytes { get; init; } = 64 * 1024;

    [Option("Largest request body that is read for its model and options; larger ones are forwarded unread.", Unit = "bytes")]
    [Range(0, 64 * 1024 * 1024)]
    public int MaxReadBodyBytes { get; init; } = 8 * 1024 * 1024;

    [Option("How long calls in flight may go on after the service is told to stop.")]
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(15);

    [Option("Events on disk until they are shipped.")]
    public SpoolOptions Spool { get; init; } = new();

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var name in Upstreams.Keys)
            if (!AttributionText.IsName(name) || name is "." or "..")
                yield return new($"'{name}' must be 1-64 characters of [A-Za-z0-9_.:-]", [nameof(Upstreams)]);
        foreach (var (tags, member) in new[] { (AllowedTags, nameof(AllowedTags)), (MetadataTags, nameof(MetadataTags)) })
            foreach (var tag in tags)
                if (!AttributionText.IsName(tag))
                    yield return new($"'{tag}' must be 1-64 characters of [A-Za-z0-9_.:-]", [member]);
        foreach (var (name, upstream) in Upstreams)
        {
            if (upstream.Jwt is not (null or IdentityDemand.Off) && Jwt.KeysFile is null && Jwt.KeysUrl is null)
                yield return new($"upstream '{name}' asks for tokens; give Jwt:KeysFile or Jwt:KeysUrl", [nameof(Upstreams)]);
            if (upstream.VirtualKeys is not (null or IdentityDemand.Off) && VirtualKeys.KeysFile is null)
                yield return new($"upstream '{name}' asks for virtual keys; give VirtualKeys:KeysFile", [nameof(Upstreams)]);
        }
    }
}
