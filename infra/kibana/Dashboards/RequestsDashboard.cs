using Pipeline.Kibana.Panels;
using static Pipeline.Kibana.Dashboards.Metrics;
using static Pipeline.Kibana.Fields.DocumentFields;

namespace Pipeline.Kibana.Dashboards;

/// <summary>How the providers are used.</summary>
internal static class RequestsDashboard
{
    private static readonly Metric CachedShare = new("Share read from cache",
        new Quotient(new Sum(CacheRead, IsFirstAnswer), new Sum(InputTotal, IsFirstAnswer)), NumberFormat.Percent);

    /// <summary>Disjoint: their sum is the tokens that were used.</summary>
    private static readonly Metric[] TokenKinds =
    [
        Tokens("Input, uncached", InputUncached),
        Tokens("Cache read", CacheRead),
        Tokens("Cache write", CacheWrite),
        Tokens("Cache write, 5 min", CacheWrite5m),
        Tokens("Cache write, 1 h", CacheWrite1h),
        Tokens("Input audio", InputAudio),
        Tokens("Input image", InputImage),
        Tokens("Input video", InputVideo),
        Tokens("Tool use prompt", ToolUsePrompt),
        Tokens("Output text", OutputText),
        Tokens("Reasoning", Reasoning),
        Tokens("Output audio", OutputAudio),
        Tokens("Output image", OutputImage),
    ];

    public static readonly Dashboard Definition = new("llm-usage-requests", "LLM usage: Requests",
        "Calls and tokens by model, operation, team and outcome.",
    [
        new Row(7,
            new Panel("calls", "Calls", 12, new Tile(Calls, FailedShare), "Every attempt to call a provider."),
            new Panel("tokens", "Tokens", 12,
                new Tile(InputTokens, OutputTokens), "As the provider counts: cached tokens are input, reasoning tokens are output."),
            new Panel("users", "Users", 12,
                new Tile(new Metric("Users", new DistinctCount(User), NumberFormat.Whole)), "Distinct users named by callers."),
            new Panel("cached", "Read from cache", 12,
                new Tile(CachedShare, Share("Share streamed", Condition.Is(Streaming, true))),
                "Share of the input tokens, and of the calls.")),
        new Row(14,
            new Panel("by-outcome", "Calls over time by outcome", 24,
                new TimeChart(SeriesShape.StackedBars, [Calls], new TopValues(Outcome, "Outcome", 8, Calls)), "How each attempt ended."),
            new Panel("by-model", "Calls over time by model", 24,
                new TimeChart(SeriesShape.StackedBars, [Calls], new TopValues(RequestModel, "Model asked for", 10, Calls, WithOther: true)),
                "The model asked for, so that failed calls count too.")),
        new Row(14,
            new Panel("token-kinds", "Tokens over time by kind", 32,
                new TimeChart(SeriesShape.StackedArea, TokenKinds), "Disjoint kinds; each token is in one of them."),
            new Panel("finish-reasons", "Finish reasons", 16,
                new Donut(new TopValues(FinishReasons, "Finish reason", 10, Calls), Calls), "A call with several choices can have several.")),
        new Row(14,
            new Panel("models", "Models", 28,
                new Table(
                    [new TopValues(RequestModel, "Model asked for", 30, Calls), new TopValues(ResponseModel, "Model that answered", 10, Calls)],
                    [Calls, InputTokens, OutputTokens, CachedShare]),
                "A model without an answer belongs to calls that failed."),
            new Panel("operations", "Operations", 20,
                new Table([new TopValues(Operation, "Operation", 20, Calls), new TopValues(Api, "API", 10, Calls)], [Calls, FailedCalls]),
                "What was asked of which API.")),
        new Row(12,
            new Panel("teams", "Calls by team", 24,
                new BarChart(new TopValues(Team, "Team", 15, Calls), [Calls, FailedCalls]), "Calls without a team are shown as such."),
            new Panel("retries", "Repeated attempts by upstream", 24,
                new BarChart(
                    new TopValues(Upstream, "Upstream", 10, Calls),
                    [Calls, new Metric("Second and later attempts", new Count(Condition.AtLeast(Attempt, 2)), NumberFormat.Whole)]),
                "As the callers' SDKs say.")),
    ]);
}
