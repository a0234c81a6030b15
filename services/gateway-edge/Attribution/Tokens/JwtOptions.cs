using System.ComponentModel.DataAnnotations;
using Pipeline.Runtime.Hosting;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>Signed tokens (JWT) of callers: who signs them, what must be in them, what of them is recorded.</summary>
public sealed class JwtOptions : IValidatableObject
{
    [Option("Whether callers must send a token; an upstream may say otherwise.")]
    public IdentityDemand Mode { get; init; }

    [Option("Header with the token, with or without Bearer before it.")]
    [RegularExpression("^[A-Za-z0-9-]{1,64}$", ErrorMessage = "must be 1-64 letters, digits and hyphens")]
    public string Header { get; init; } = "Authorization";

    [Option("The issuer's public keys as a JWKS file, read again when it changes.")]
    public string? KeysFile { get; init; }

    [Option("Where the issuer's public keys (JWKS) are fetched: https, or http on loopback.")]
    public Uri? KeysUrl { get; init; }

    [Option("Who may have signed: allowed values of iss.")]
    public IReadOnlyList<string> Issuers { get; init; } = [];

    [Option("Whom tokens must be for: one of these in aud.")]
    public IReadOnlyList<string> Audiences { get; init; } = [];

    [Option("Allowed signatures, of RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512.")]
    public IReadOnlyList<string> Algorithms { get; init; } = ["RS256", "PS256", "ES256"];

    [Option("How far the issuer's clock may be off at exp and nbf.")]
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(60);

    [Option("How often KeysUrl is fetched again.")]
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromMinutes(10);

    [Option("How often KeysFile is looked at.")]
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ReloadInterval { get; init; } = TimeSpan.FromSeconds(5);

    [Option("Least time between two fetches that tokens of unknown keys cause.")]
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan MissInterval { get; init; } = TimeSpan.FromSeconds(30);

    [Option("Longest wait for the keys.")]
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan FetchTimeout { get; init; } = TimeSpan.FromSeconds(5);

    [Option("How long keys count after they were last fetched: a withdrawn key lives no longer, also while the issuer is away.")]
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan KeysMaxAge { get; init; } = TimeSpan.FromHours(24);

    [Option("Which claims become attribution; all others are dropped.")]
    public ClaimOptions Claims { get; init; } = new();

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var name in Algorithms)
            if (!JwtAlgorithm.IsKnown(name))
                yield return new($"'{name}' must be one of {string.Join(", ", JwtAlgorithm.Names)}", [nameof(Algorithms)]);
        if (KeysFile is null && KeysUrl is null)
        {
            if (Mode != IdentityDemand.Off) yield return new("is missing; give it or KeysUrl, or set Mode to off", [nameof(KeysFile)]);
            yield break;
        }

        if (KeysFile is not null && KeysUrl is not null) yield return new("give one of them", [nameof(KeysFile), nameof(KeysUrl)]);
        if (KeysUrl is { Scheme: "http", IsLoopback: false }) yield return new("must be https: whoever changes the answer on its way signs tokens", [nameof(KeysUrl)]);
        if (Issuers.Count == 0) yield return new("is empty; name whose tokens count", [nameof(Issuers)]);
        if (Audiences.Count == 0) yield return new("is empty; name whom tokens must be for, else those meant for others count too", [nameof(Audiences)]);
        if (Algorithms.Count == 0) yield return new("is empty; allow at least one, such as RS256", [nameof(Algorithms)]);
        if (KeysFile is not null && JwksSource.ReadFile(KeysFile, out var problem) is null) yield return new(problem, [nameof(KeysFile)]);
    }
}

/// <summary>Claims by path: member names joined by dots, whole numbers for places in lists, such as `realm_access.roles.0`.</summary>
public sealed class ClaimOptions : IValidatableObject
{
    [Option("Claim that is the tenant.")]
    public string? Tenant { get; init; }

    [Option("Claim that is the team.")]
    public string? Team { get; init; }

    [Option("Claim that is the user.")]
    public string? User { get; init; }

    [Option("Claim that is the feature.")]
    public string? Feature { get; init; }

    [Option("Claim that is the session.")]
    public string? Session { get; init; }

    [Option("Claim that is the environment.")]
    public string? Environment { get; init; }

    [Option("Claims that become tags, by the tag's name.")]
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var tag in Tags.Keys)
            if (!AttributionText.IsName(tag))
                yield return new($"'{tag}' must be 1-64 characters of [A-Za-z0-9_.:-]", [nameof(Tags)]);
        if (Tags.Count > TagList.MaxTags) yield return new($"may hold at most {TagList.MaxTags}", [nameof(Tags)]);
    }
}
