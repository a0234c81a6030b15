namespace Pipeline.GatewayEdge.Metering;

/// <summary>Anthropic's APIs.</summary>
internal static class AnthropicApis
{
    public static readonly ApiFamily Messages = new("anthropic.messages", "chat", ReplyShape.AnthropicMessages);

    public static readonly ApiTable Table = new("anthropic", new ApiRow("/messages", Messages));
}
