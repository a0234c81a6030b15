using Microsoft.Extensions.Primitives;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>The `x-llm-*` headers and the identity headers of one request as they came; null = not given.</summary>
internal record struct CallerHeaders
{
    /// <summary>Stands for a header that came twice with different values.</summary>
    public static readonly string GivenTwice = new("\0");

    public string? Tenant;
    public string? Team;
    public string? User;
    public string? Feature;
    public string? Session;
    public string? Environment;
    public string? Variant;
    public string? PromptVersion;
    public string? Tags;
    public string? RequestId;
    public string? TraceParent;
    public string? RetryCount;
    public string? AwsSdkRequest;
    public string? Authorization;
    public string? ApiKey;

    /// <summary>Takes one attribution header; other names after the prefix are not ours to know and are only removed.</summary>
    /// <param name="name">What follows `x-llm-`.</param>
    public void Take(ReadOnlySpan<char> name, in StringValues values)
    {
        if (Is(name, "tenant")) Tenant = One(values);
        else if (Is(name, "team")) Team = One(values);
        else if (Is(name, "user")) User = One(values);
        else if (Is(name, "feature")) Feature = One(values);
        else if (Is(name, "session")) Session = One(values);
        else if (Is(name, "environment")) Environment = One(values);
        else if (Is(name, "variant")) Variant = One(values);
        else if (Is(name, "prompt-version")) PromptVersion = One(values);
        else if (Is(name, "tags")) Tags = values.ToString();
    }

    private static bool Is(ReadOnlySpan<char> name, string known) => name.Equals(known, StringComparison.OrdinalIgnoreCase);

    private static string? One(in StringValues values)
    {
        if (values.Count == 1) return values.ToString();
        for (var i = 1; i < values.Count; i++)
            if (values[i] != values[0]) return GivenTwice;
        return values[0];
    }
}
