namespace Pipeline.GatewayEdge.Metering;

/// <summary>OpenAI's own APIs.</summary>
internal static class OpenAIApis
{
    public static readonly ApiFamily Chat = new("openai.chat", "chat", ReplyShape.OpenAIChat, TakesIncludeUsage: true);
    public static readonly ApiFamily Responses = new("openai.responses", "chat", ReplyShape.OpenAIResponses);
    public static readonly ApiFamily Embeddings = new("openai.embeddings", "embeddings", ReplyShape.OpenAIEmbeddings);

    public static readonly ApiTable Table = new(
        "openai",
        new("/chat/completions", Chat, IsStored: true),
        new("/responses", Responses, IsStored: true),
        new("/embeddings", Embeddings));
}
