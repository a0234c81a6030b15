namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Hosts that speak OpenAI's APIs with ways of their own: which paths they have, whether a stream must be asked for its usage, and how
/// their usage is read. Of those that send usage unasked, asking would only add a chunk that the caller did not want.
/// </summary>
internal static class CompatibleApis
{
    public static readonly IReadOnlyList<ApiTable> Tables =
    [
        Azure(),
        Mistral(),
        Xai(),
        Full("openrouter"),
        Full("groq"),
        Full("together"),
        Full("deepseek"),
        Perplexity(),
        Full("zai"),
        Full("voyage"),
        Full("cerebras", takesIncludeUsage: true),
        Full("huggingface", takesIncludeUsage: true),
    ];

    private static ApiTable Full(string kind, bool takesIncludeUsage = false) => new(
        kind,
        [
            new("/chat/completions", OpenAIApis.ChatOf(kind) with { TakesIncludeUsage = takesIncludeUsage }),
            new("/responses", OpenAIApis.ResponsesOf(kind), IsStored: true),
            .. Shared(kind, takesIncludeUsage),
        ]);

    /// <summary>The deployment in the URL stands for the model; newer paths name it in the body.</summary>
    private static ApiTable Azure()
    {
        ApiRow[] rows =
        [
            new("/chat/completions", OpenAIApis.ChatOf("azure") with { TakesIncludeUsage = true }),
            new("/responses", OpenAIApis.ResponsesOf("azure"), IsStored: true),
            .. Shared("azure", takesIncludeUsage: true),
        ];
        return new ApiTable("azure", [.. rows.Select(row => row with { Family = row.Family with { UrlModel = UrlModel.Deployment } })]);
    }

    private static ApiTable Perplexity()
    {
        var table = Full("perplexity");
        return table with { Rows = [.. table.Rows.Select(static row => row with { Family = row.Family with { EndsWithoutMark = true } })] };
    }

    private static ApiTable Mistral()
    {
        ApiRow[] rows =
        [
            new("/chat/completions", OpenAIApis.ChatOf("mistral")),
            new("/fim/completions", OpenAIApis.CompletionsOf("mistral")),
            new("/agents/completions", OpenAIApis.ChatOf("mistral")),
            new("/ocr", new("mistral.ocr", "ocr", ReplyShape.OpenAIMedia)),
            .. Shared("mistral", takesIncludeUsage: false),
        ];
        return new ApiTable("mistral", [.. rows.Select(row => row with { Family = row.Family with { Dialect = UsageDialect.AudioBesidePrompt } })]);
    }

    private static ApiTable Xai() => new(
        "xai",
        [
            new("/chat/completions", OpenAIApis.ChatOf("xai") with { Dialect = UsageDialect.ReasoningBesideCompletion }),
            new("/responses", OpenAIApis.ResponsesOf("xai"), IsStored: true),
            .. Shared("xai", takesIncludeUsage: false),
        ]);

    /// <summary>Behind the more exact ends of a table.</summary>
    private static ApiRow[] Shared(string kind, bool takesIncludeUsage) =>
    [
        .. OpenAIApis.ResponsesSidePaths(kind),
        .. AnthropicApis.MessagesBeside(kind),
        new("/rerank", new($"{kind}.rerank", "rerank", ReplyShape.OpenAIEmbeddings)),
        new("/completions", OpenAIApis.CompletionsOf(kind) with { TakesIncludeUsage = takesIncludeUsage }),
        new("/embeddings", OpenAIApis.EmbeddingsOf(kind)),
        .. OpenAIApis.ImagePaths(OpenAIApis.ImagesOf(kind)),
        .. OpenAIApis.AudioPaths(OpenAIApis.TranscriptionOf(kind), OpenAIApis.SpeechOf(kind)),
        new("/moderations", new($"{kind}.moderation", "moderation", ReplyShape.ModelOnly)),
        OpenAIApis.Models(kind),
    ];
}
