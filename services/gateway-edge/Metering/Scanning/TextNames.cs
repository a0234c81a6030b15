using System.Text;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>Names under which a family's replies hold what the model wrote.</summary>
internal static class TextNames
{
    private static readonly byte[][] Chat = Names("content", "reasoning_content", "reasoning", "refusal", "arguments", "text");
    private static readonly byte[][] ResponsesPieces = Names("delta");
    private static readonly byte[][] Responses = Names("text", "arguments");
    private static readonly byte[][] Ollama = Names("content", "thinking", "response", "arguments");
    private static readonly byte[][] Anthropic = Names("text", "thinking", "partial_json", "input");
    private static readonly byte[][] AnthropicComplete = Names("completion");
    private static readonly byte[][] Google = Names("text", "code", "args");
    private static readonly byte[][] Interactions = Names("text", "arguments");
    private static readonly byte[][] Cohere = Names("text", "thinking", "tool_plan", "arguments");
    private static readonly byte[][] Converse = Names("text", "input");

    /// <summary>Of all vendors' documents.</summary>
    private static readonly byte[][] Invoke = Names("text", "content", "thinking", "reasoning", "partial_json", "input", "arguments", "completion", "generation", "outputText");

    /// <param name="isStream">The reply comes in events. Only the pieces count there: some families say all of it again at the end.</param>
    /// <returns>Empty where a reply holds no text of the model's, or none that is found by name.</returns>
    public static byte[][] Of(ApiFamily family, bool isStream) => family.Shape switch
    {
        ReplyShape.OpenAIChat => Chat,
        ReplyShape.OpenAIResponses => isStream ? ResponsesPieces : Responses,
        ReplyShape.OllamaNative => Ollama,
        ReplyShape.AnthropicMessages => Anthropic,
        ReplyShape.AnthropicComplete => AnthropicComplete,
        ReplyShape.GoogleGenerateContent => Google,
        ReplyShape.GoogleInteractions => Interactions,

        // Embeddings and ranks come in the same shape; their texts are the caller's own.
        ReplyShape.Cohere when family.Operation is "chat" or "text_completion" => Cohere,
        ReplyShape.BedrockConverse => Converse,
        ReplyShape.BedrockInvoke => Invoke,
        _ => [],
    };

    private static byte[][] Names(params string[] names) => [.. names.Select(Encoding.UTF8.GetBytes)];
}
