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
        ReplyShape.GoogleGenerateContent => new GoogleGenerateContentReader(),
        _ => new OtherReader(),
    };
}
