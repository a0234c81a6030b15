namespace Pipeline.GatewayEdge.Metering;

/// <summary>Cohere's APIs, v1 and v2 alike, and its endpoint for OpenAI's clients.</summary>
internal static class CohereApis
{
    /// <summary>Streams of v1 are one JSON document a line.</summary>
    public static readonly ApiFamily Chat = new("cohere.chat", "chat", ReplyShape.Cohere, StreamsLines: true);
    public static readonly ApiFamily Generate = new("cohere.generate", "text_completion", ReplyShape.Cohere, StreamsLines: true);
    public static readonly ApiFamily Embed = new("cohere.embed", "embeddings", ReplyShape.Cohere);
    public static readonly ApiFamily Rerank = new("cohere.rerank", "rerank", ReplyShape.Cohere);
    public static readonly ApiFamily Classify = new("cohere.classify", "classify", ReplyShape.Cohere);
    public static readonly ApiFamily Summarize = new("cohere.summarize", "text_completion", ReplyShape.Cohere);
    public static readonly ApiFamily Transcription = OpenAIApis.TranscriptionOf("cohere");

    public static readonly ApiTable Table = new(
        "cohere",
        new("/chat/completions", OpenAIApis.ChatOf("cohere") with { Api = "cohere.openai_chat", TakesIncludeUsage = true }),
        new("/embeddings", OpenAIApis.EmbeddingsOf("cohere") with { Api = "cohere.openai_embeddings" }),
        new("/chat", Chat),
        new("/generate", Generate),
        new("/embed", Embed),
        new("/rerank", Rerank),
        new("/classify", Classify),
        new("/summarize", Summarize),
        new("/audio/transcriptions", Transcription),
        new("/tokenize", new("cohere.tokenize", "count_tokens", ReplyShape.ModelOnly)));
}
