using System.Globalization;
using System.Text;

namespace Pipeline.AllInOne.Demo;

/// <summary>One of the demo's calls. The same number under the same seed is always the same call.</summary>
/// <param name="Fault">429, 500 or null: what the demo provider is asked to answer.</param>
internal sealed record DemoCall(
    long Number, string Team, string Feature, string User, string Upstream, string Path, string Model, bool IsStreaming, int? Fault)
{
    public const string Environment = "demo";
    public const string Tenant = "acme";

    private static readonly (string Team, string[] Features)[] Teams =
        [("search", ["ranking", "query-rewrite"]), ("support", ["triage", "reply-draft"]), ("research", ["summaries", "extraction"])];

    private static readonly (string Upstream, string Path, string Model)[] Targets =
    [
        ("demo-openai", "v1/chat/completions", "gpt-4o-mini"),
        ("demo-openai", "v1/chat/completions", "gpt-4.1"),
        ("demo-openai", "v1/chat/completions", "gpt-5-mini"),
        ("demo-openai", "v1/embeddings", "text-embedding-3-small"),
        ("demo-anthropic", "v1/messages", "claude-haiku-4-5"),
        ("demo-anthropic", "v1/messages", "claude-sonnet-4-5"),
        ("demo-anthropic", "v1/messages", "claude-opus-4-1"),
    ];

    /// <summary>Sent as `x-request-id`, so that the call is found again in its event.</summary>
    public string RequestId => RequestIdOf(Number);

    public static string RequestIdOf(long number) => $"demo-{number.ToString(CultureInfo.InvariantCulture)}";

    public static DemoCall Of(long number, int seed)
    {
        var random = new Random(SeedOf(seed, number));
        var (team, features) = Teams[random.Next(Teams.Length)];
        var (upstream, path, model) = Targets[random.Next(Targets.Length)];
        var isStreaming = path != "v1/embeddings" && random.Next(2) == 0;
        var fault = random.Next(100) switch { < 3 => 429, 3 => 500, _ => (int?)null };
        return new DemoCall(number, team, features[random.Next(features.Length)], $"user-{random.Next(1, 9)}", upstream, path, model, isStreaming, fault);
    }

    public HttpRequestMessage ToRequest(Uri gateway)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway, $"/{Upstream}/{Path}"))
        {
            Content = new StringContent(Body(), Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("x-request-id", RequestId);
        request.Headers.Add("x-llm-tenant", Tenant);
        request.Headers.Add("x-llm-team", Team);
        request.Headers.Add("x-llm-feature", Feature);
        request.Headers.Add("x-llm-user", User);
        request.Headers.Add("x-llm-environment", Environment);
        if (Upstream == "demo-anthropic") request.Headers.Add("anthropic-version", "2023-06-01");
        if (Fault is { } fault) request.Headers.Add(DemoUpstreams.FaultHeader, fault.ToString(CultureInfo.InvariantCulture));
        return request;
    }

    private string Body()
    {
        var question = $"Demo question {Number} of {Team}: what is new in {Feature}?";
        if (Path == "v1/embeddings") return $$"""{"model":"{{Model}}","input":"{{question}}"}""";
        var maxTokens = Upstream == "demo-anthropic" ? "\"max_tokens\":1024," : "";
        var stream = IsStreaming ? "true" : "false";
        return $$"""{"model":"{{Model}}",{{maxTokens}}"stream":{{stream}},"messages":[{"role":"user","content":"{{question}}"}]}""";
    }

    /// <summary>Spreads neighbouring numbers over all seeds of the generator; HashCode.Combine differs from process to process.</summary>
    private static int SeedOf(int seed, long number) => (int)(((ulong)number + (uint)seed * 0x9E3779B97F4A7C15UL) * 0xBF58476D1CE4E5B9UL >> 33);
}
