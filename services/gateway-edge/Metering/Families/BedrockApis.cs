namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Amazon Bedrock: its own converse, the models' native forms, and its endpoints for OpenAI's and Anthropic's clients. Its own paths name
/// the model, percent-encoded, with a region's prefix or as an ARN.
/// </summary>
internal static class BedrockApis
{
    public static readonly ApiFamily Converse =
        new("bedrock.converse", "chat", ReplyShape.BedrockConverse, UrlModel: UrlModel.SegmentBefore);

    public static readonly ApiFamily ConverseStream = Converse with { Api = "bedrock.converse_stream", IsStreamByUrl = true };

    public static readonly ApiFamily Invoke =
        new("bedrock.invoke", "invoke_model", ReplyShape.BedrockInvoke, UrlModel: UrlModel.SegmentBefore);

    public static readonly ApiFamily InvokeStream = Invoke with { Api = "bedrock.invoke_stream", IsStreamByUrl = true };

    public static readonly ApiFamily CountTokens = AnthropicApis.CountTokensOf("bedrock") with { UrlModel = UrlModel.SegmentBefore };

    public static readonly ApiTable Table = new(
        "bedrock",
        [
            new("/converse", Converse),
            new("/converse-stream", ConverseStream),
            new("/invoke", Invoke),
            new("/invoke-with-response-stream", InvokeStream),
            new("/count-tokens", CountTokens),
            new("/messages", AnthropicApis.MessagesOf("bedrock")),
            new("/messages/count_tokens", AnthropicApis.CountTokensOf("bedrock")),
            new("/responses", OpenAIApis.ResponsesOf("bedrock") with { Api = "bedrock.openai_responses" }, IsStored: true),
            .. OpenAIApis.ResponsesSidePaths("bedrock"),
            new("/chat/completions", OpenAIApis.ChatOf("bedrock") with { Api = "bedrock.openai_chat", TakesIncludeUsage = true }),
        ]);
}
