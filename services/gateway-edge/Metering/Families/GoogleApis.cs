namespace Pipeline.GatewayEdge.Metering;

/// <summary>Gemini's APIs as Google AI Studio offers them.</summary>
internal static class GoogleApis
{
    public static readonly ApiFamily GenerateContent = GenerateContentOf("google");
    public static readonly ApiFamily StreamGenerateContent = StreamGenerateContentOf("google");
    public static readonly ApiFamily EmbedContent = EmbedContentOf("google");
    public static readonly ApiFamily Predict = PredictOf("google");
    public static readonly ApiFamily CachedContents = CachedContentsOf("google");
    public static readonly ApiFamily Interactions = new("google.interactions", "generate_content", ReplyShape.GoogleInteractions);

    public static readonly ApiTable Table = new(
        "google",
        [
            .. Models("google", GenerateContent, StreamGenerateContent, EmbedContent, Predict),
            new("/cachedContents", CachedContents),
            new("/interactions", Interactions, IsStored: true),
            .. OpenAIStyle("google"),
        ]);

    public static ApiRow[] Models(string kind, ApiFamily generate, ApiFamily stream, ApiFamily embed, ApiFamily predict) =>
    [
        new(":generateContent", generate),
        new(":streamGenerateContent", stream),
        new(":embedContent", embed),
        new(":batchEmbedContents", embed),
        new(":countTokens", new($"{kind}.countTokens", "count_tokens", ReplyShape.ModelOnly, UrlModel: UrlModel.BeforeColon)),
        new(":predict", predict),
    ];

    /// <summary>The endpoint for OpenAI's clients; its completion leaves thoughts out.</summary>
    public static ApiRow[] OpenAIStyle(string kind) =>
    [
        new(
            "/chat/completions",
            OpenAIApis.ChatOf(kind) with { Api = $"{kind}.openai_chat", TakesIncludeUsage = true, Dialect = UsageDialect.ReasoningInTotalOnly }),
        new("/embeddings", OpenAIApis.EmbeddingsOf(kind) with { Api = $"{kind}.openai_embeddings" }),
    ];

    public static ApiFamily GenerateContentOf(string kind) =>
        new($"{kind}.generateContent", "generate_content", ReplyShape.GoogleGenerateContent, UrlModel: UrlModel.BeforeColon);

    public static ApiFamily StreamGenerateContentOf(string kind) =>
        GenerateContentOf(kind) with { Api = $"{kind}.streamGenerateContent", IsStreamByUrl = true };

    public static ApiFamily EmbedContentOf(string kind) =>
        new($"{kind}.embedContent", "embeddings", ReplyShape.GoogleEmbeddings, UrlModel: UrlModel.BeforeColon);

    public static ApiFamily PredictOf(string kind) =>
        new($"{kind}.predict", "embeddings", ReplyShape.GooglePredict, UrlModel: UrlModel.BeforeColon);

    public static ApiFamily CachedContentsOf(string kind) => new($"{kind}.cachedContents", "create_cache", ReplyShape.GoogleCachedContent);
}
