using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Runtime.Hosting;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>
/// Reads the keys file:
/// <code>
/// { "credentials": { "openai": { "file": "secrets/openai" } },
///   "keys": [ { "id": "search-prod", "hash": "sha256:…", "disabled": false, "expires_at": "2027-01-01T00:00:00Z", "upstreams": ["openai"],
///               "attribution": { "tenant": "acme", "team": "search", "user": …, "feature": …, "session": …, "environment": …, "tags": { … } },
///               "credentials": { "openai": { "env": "OPENAI_KEY_SEARCH" } } } ] }
/// </code>
/// The outer `credentials` serve the keys that have none of their own. All that is wrong is told at once; secrets and hashes never are.
/// </summary>
internal sealed class VirtualKeyReading(string folder)
{
    public const int MaxKeys = 100_000;
    private const int MaxProblems = 10;

    private static readonly JsonSerializerOptions Strictly = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        RespectNullableAnnotations = true,
    };

    private readonly List<string> _problems = [];

    /// <summary>Contents of the files and variables that were referred to: when one changes, the set does.</summary>
    public StringBuilder References { get; } = new();

    /// <returns>Null, with sentences saying what to do.</returns>
    public VirtualKeySet? Read(ReadOnlySpan<byte> json, out string problem)
    {
        var keys = Parse(json);
        problem = string.Join("; ", _problems.Take(MaxProblems)) + (_problems.Count > MaxProblems ? $"; and {_problems.Count - MaxProblems} more" : "");
        return _problems.Count > 0 ? null : new VirtualKeySet(keys);
    }

    private List<VirtualKey> Parse(ReadOnlySpan<byte> json)
    {
        var keys = new List<VirtualKey>();
        FileForm? file = null;
        try
        {
            file = JsonSerializer.Deserialize<FileForm>(json, Strictly);
        }
        catch (JsonException error)
        {
            // The message of the serializer may quote a value; path and line do not.
            _problems.Add($"is not a keys file at {error.Path ?? "$"}, line {error.LineNumber + 1}: see docs/attribution.md for its members");
        }

        if (file is null) return keys;
        if (file.Keys.Count > MaxKeys) _problems.Add($"keys: at most {MaxKeys}, there are {file.Keys.Count}");
        var shared = Credentials("credentials", file.Credentials);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var hashes = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < file.Keys.Count && _problems.Count <= MaxProblems; i++)
        {
            var at = $"keys[{i}]";
            if (file.Keys[i] is not { } key)
            {
                _problems.Add($"{at}: is null");
                continue;
            }

            if (key.Id is null || !AttributionText.IsName(key.Id)) _problems.Add($"{at}.id: must be 1-64 characters of [A-Za-z0-9_.:-]");
            else if (!ids.Add(key.Id)) _problems.Add($"{at}.id: '{key.Id}' is there twice");
            var hash = KeyText.ReadHash(key.Hash);
            if (hash is null) _problems.Add($"{at}.hash: must be sha256: and 64 hex digits, as `gateway-edge key hash` prints");
            else if (!hashes.Add(key.Hash!)) _problems.Add($"{at}.hash: another entry has the same");
            var attribution = Attribution(at + ".attribution", key.Attribution);
            var own = Credentials(at + ".credentials", key.Credentials);
            if (hash is null || key.Id is null) continue;
            keys.Add(new VirtualKey(
                key.Id, hash, key.Disabled, key.ExpiresAt, key.Upstreams?.ToFrozenSet(StringComparer.OrdinalIgnoreCase), attribution,
                own.Count == 0 ? shared : shared.Concat(own).GroupBy(static one => one.Key, StringComparer.OrdinalIgnoreCase)
                    .ToFrozenDictionary(static one => one.Key, static one => one.Last().Value, StringComparer.OrdinalIgnoreCase)));
        }

        return keys;
    }

    private VouchedAttribution Attribution(string at, AttributionForm form)
    {
        if (form.Tags.Count > TagList.MaxTags) _problems.Add($"{at}.tags: at most {TagList.MaxTags}");
        foreach (var (name, value) in form.Tags)
        {
            if (!AttributionText.IsName(name)) _problems.Add($"{at}.tags: a name is not 1-64 characters of [A-Za-z0-9_.:-]");
            else Value($"{at}.tags.{name}", value ?? "");
        }

        return new VouchedAttribution
        {
            Tenant = Value(at + ".tenant", form.Tenant),
            Team = Value(at + ".team", form.Team),
            User = Value(at + ".user", form.User),
            Feature = Value(at + ".feature", form.Feature),
            Session = Value(at + ".session", form.Session),
            Environment = Value(at + ".environment", form.Environment),
            Tags = form.Tags,
        };
    }

    private string? Value(string at, string? value)
    {
        if (value is not null && AttributionText.Check(value) != DropReason.None) _problems.Add($"{at}: must be 1-{AttributionText.MaxLength} bytes without control characters");
        return value;
    }

    private FrozenDictionary<string, string> Credentials(string at, Dictionary<string, ReferenceForm?> references)
    {
        var read = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (upstream, reference) in references)
        {
            if (Secret(reference, out var problem) is { } secret) read[upstream] = secret;
            else _problems.Add($"{at}.{upstream}: {problem}");
        }

        return read.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private string? Secret(ReferenceForm? reference, out string problem)
    {
        problem = "must name one place: \"file\" or \"env\"";
        if (reference is null || reference.File is null == reference.Env is null) return null;
        var secret = reference.Env is { } variable ? Environment.GetEnvironmentVariable(variable) : null;
        problem = $"environment variable '{reference.Env}' is not set";
        if (reference.File is { } file)
        {
            problem = $"file '{file}' cannot be read";
            try
            {
                secret = SecretFile.Read(Path.Combine(folder, file));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }

        if (secret is null) return null;
        References.Append(secret).Append('\n');
        problem = "does not hold one key of visible ASCII characters";
        return secret.Length == 0 || secret.AsSpan().ContainsAnyExceptInRange('!', '~') ? null : secret;
    }

    private sealed record FileForm
    {
        public Dictionary<string, ReferenceForm?> Credentials { get; init; } = [];
        public List<KeyForm?> Keys { get; init; } = [];
    }

    private sealed record KeyForm
    {
        public string? Id { get; init; }
        public string? Hash { get; init; }
        public bool Disabled { get; init; }
        public DateTimeOffset? ExpiresAt { get; init; }
        public List<string>? Upstreams { get; init; }
        public AttributionForm Attribution { get; init; } = new();
        public Dictionary<string, ReferenceForm?> Credentials { get; init; } = [];
    }

    private sealed record AttributionForm
    {
        public string? Tenant { get; init; }
        public string? Team { get; init; }
        public string? User { get; init; }
        public string? Feature { get; init; }
        public string? Session { get; init; }
        public string? Environment { get; init; }
        public Dictionary<string, string> Tags { get; init; } = [];
    }

    private sealed record ReferenceForm
    {
        public string? File { get; init; }
        public string? Env { get; init; }
    }
}
