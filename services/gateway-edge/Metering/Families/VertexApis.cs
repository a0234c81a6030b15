namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Vertex AI: Gemini's APIs under longer paths, other publishers' models in their makers' forms. A kind of its own, because another
/// price list holds there.
/// </summary>
internal static class VertexApis
{
    private const string Anthropic = "/publishers/anthropic/";
    private const string Mistral = "/publishers/mistralai/";

    public static readonly ApiFamily GenerateContent = GoogleApis.GenerateContentOf("vertex");
    public static readonly ApiFamily StreamGenerateContent = GoogleApis.StreamGenerateContentOf("vertex");
    public static readonly ApiFamily EmbedContent = GoogleApis.EmbedContentOf("vertex");
    public static readonly ApiFamily Predict = GoogleApis.PredictOf("vertex");
    public static readonly ApiFamily CachedContents = GoogleApis.CachedContentsOf("vertex");
    public static readonly ApiFamily Messages = AnthropicApis.MessagesOf("vertex") with { UrlModel = UrlModel.BeforeColon };
    public static readonly ApiFamily MistralChat = OpenAIApis.ChatOf("vertex") with { UrlModel = UrlModel.BeforeColon };

    public static readonly ApiTable Table = new(
        "vertex",
        [
            .. GoogleApis.Models("vertex", GenerateContent, StreamGenerateContent, EmbedContent, Predict),
            // Counting Claude's tokens is the call of a model by that name; the one counted for is in the body.
            new("/count-tokens:rawPredict", AnthropicApis.CountTokensOf("vertex"), Within: Anthropic),
            new(":rawPredict", Messages, Within: Anthropic),
            new(":streamRawPredict", Messages with { IsStreamByUrl = true }, Within: Anthropic),
            new(":rawPredict", MistralChat, Within: Mistral),
            new(":streamRawPredict", MistralChat with { IsStreamByUrl = true }, Within: Mistral),
            new("/cachedContents", CachedContents),
            .. GoogleApis.OpenAIStyle("vertex"),
        ]);
}
