namespace Pipeline.GatewayEdge.Metering;

/// <summary>Ollama's own APIs and its OpenAI-style ones under <c>/v1</c>.</summary>
internal static class OllamaApis
{
    public static readonly ApiFamily Chat =
        new("ollama.chat", "chat", ReplyShape.OllamaNative, StreamsUnlessTold: true, StreamsLines: true);

    public static readonly ApiFamily Generate =
        new("ollama.generate", "text_completion", ReplyShape.OllamaNative, StreamsUnlessTold: true, StreamsLines: true);

    public static readonly ApiFamily Embed = new("ollama.embed", "embeddings", ReplyShape.OllamaNative);

    public static readonly ApiTable Table = new(
        "ollama",
        [
            new("/api/chat", Chat),
            new("/api/generate", Generate),
            new("/api/embed", Embed),
            new("/api/embeddings", Embed),
            new("/v1/chat/completions", OpenAIApis.ChatOf("ollama") with { Api = "ollama.chat_compat", TakesIncludeUsage = true }),
            new("/v1/completions", OpenAIApis.CompletionsOf("ollama") with { TakesIncludeUsage = true }),
            new("/v1/responses", OpenAIApis.ResponsesOf("ollama")),
            new("/v1/embeddings", OpenAIApis.EmbeddingsOf("ollama")),
            OpenAIApis.Models("ollama"),
            .. AnthropicApis.MessagesBeside("ollama"),
        ]);
}
