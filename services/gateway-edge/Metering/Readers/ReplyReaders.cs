namespace Pipeline.GatewayEdge.Metering;

/// <summary>The reader class of each shape.</summary>
internal static class ReplyReaders
{
    public static ReplyReader Create(ReplyShape shape) => shape switch
    {
        ReplyShape.OpenAIChat => new OpenAIChatReader(),
        ReplyShape.OpenAIResponses => new OpenAIResponsesReader(),
        ReplyShape.OpenAIEmbeddings => new OpenAIEmbeddingsReader(),
        ReplyShape.OpenAIMedia => new OpenAIMediaReader(),
        ReplyShape.OllamaNative => new OllamaNativeReader(),
        ReplyShape.ModelOnly => new ModelOnlyReader(),
        ReplyShape.AnthropicMessages => new AnthropicMessagesReader(),
        ReplyShape.AnthropicBatch => new AnthropicBatchReader(),
        ReplyShape.AnthropicComplete => new AnthropicCompleteReader(),
        ReplyShape.GoogleGenerateContent => new GoogleGenerateContentReader(),
        ReplyShape.GoogleEmbeddings => new GoogleEmbeddingsReader(),
        ReplyShape.GooglePredict => new GooglePredictReader(),
        ReplyShape.GoogleInteractions => new GoogleInteractionsReader(),
        ReplyShape.GoogleCachedContent => new GoogleCachedContentReader(),
        ReplyShape.Cohere => new CohereReader(),
        ReplyShape.BedrockConverse => new BedrockConverseReader(),
        ReplyShape.BedrockInvoke => new BedrockInvokeReader(),
        _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, "replies of this shape are not read"),
    };
}
