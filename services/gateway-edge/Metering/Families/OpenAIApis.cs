namespace Pipeline.GatewayEdge.Metering;

/// <summary>OpenAI's own APIs. Any host that speaks them can be an upstream of this kind, with its name as provider.</summary>
internal static class OpenAIApis
{
    public static readonly ApiFamily Chat = ChatOf("openai") with { TakesIncludeUsage = true };
    public static readonly ApiFamily Completions = CompletionsOf("openai") with { TakesIncludeUsage = true };
    public static readonly ApiFamily Responses = ResponsesOf("openai");
    public static readonly ApiFamily Embeddings = EmbeddingsOf("openai");
    public static readonly ApiFamily Images = ImagesOf("openai");
    public static readonly ApiFamily Transcription = TranscriptionOf("openai");
    public static readonly ApiFamily Speech = SpeechOf("openai");
    public static readonly ApiFamily Moderation = new("openai.moderation", "moderation", ReplyShape.ModelOnly);

    public static readonly ApiTable Table = new(
        "openai",
        [
            new("/chat/completions", Chat, IsStored: true),
            new("/responses", Responses, IsStored: true),
            .. ResponsesSidePaths("openai"),
            .. AnthropicApis.MessagesBeside("openai"),
            new("/completions", Completions),
            new("/embeddings", Embeddings),
            .. ImagePaths(Images),
            .. AudioPaths(Transcription, Speech),
            new("/moderations", Moderation),
            new("/organization/usage/moderations", Moderation, Method: "GET"),
            Models("openai"),
        ]);

    public static ApiFamily ChatOf(string kind) => new($"{kind}.chat", "chat", ReplyShape.OpenAIChat);

    public static ApiFamily CompletionsOf(string kind) => new($"{kind}.completions", "text_completion", ReplyShape.OpenAIChat);

    public static ApiFamily ResponsesOf(string kind) => new($"{kind}.responses", "chat", ReplyShape.OpenAIResponses);

    public static ApiFamily EmbeddingsOf(string kind) => new($"{kind}.embeddings", "embeddings", ReplyShape.OpenAIEmbeddings);

    public static ApiFamily ImagesOf(string kind) => new($"{kind}.images", "image_generation", ReplyShape.OpenAIMedia);

    public static ApiFamily TranscriptionOf(string kind) =>
        new($"{kind}.transcription", "transcription", ReplyShape.OpenAIMedia, MayBeOpaque: true);

    public static ApiFamily SpeechOf(string kind) =>
        new($"{kind}.speech", "speech", ReplyShape.OpenAIMedia, MayBeOpaque: true, IsSpoken: true);

    /// <summary>Counting is free, whatever number it answers; a compaction is a model call like any other.</summary>
    public static ApiRow[] ResponsesSidePaths(string kind) =>
    [
        new("/responses/input_tokens", new($"{kind}.input_tokens", "count_tokens", ReplyShape.ModelOnly)),
        new("/responses/compact", new($"{kind}.compact", "chat", ReplyShape.OpenAIResponses)),
    ];

    public static ApiRow[] ImagePaths(ApiFamily images) =>
        [new("/images/generations", images), new("/images/edits", images), new("/images/variations", images)];

    public static ApiRow[] AudioPaths(ApiFamily transcription, ApiFamily speech) =>
        [new("/audio/transcriptions", transcription), new("/audio/translations", transcription), new("/audio/speech", speech)];

    public static ApiRow Models(string kind) => new("/models", new($"{kind}.models", "models", ReplyShape.Other), IsStored: true, Method: "GET");
}
