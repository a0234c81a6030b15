namespace Pipeline.GatewayEdge.Metering;

/// <summary>Anthropic's APIs.</summary>
internal static class AnthropicApis
{
    public static readonly ApiFamily Messages = MessagesOf("anthropic");
    public static readonly ApiFamily CountTokens = CountTokensOf("anthropic");
    public static readonly ApiFamily Complete = new("anthropic.complete", "text_completion", ReplyShape.AnthropicComplete);
    public static readonly ApiFamily BatchResults = new("anthropic.batch_results", "chat", ReplyShape.AnthropicBatch);

    public static readonly ApiTable Table = new(
        "anthropic",
        new("/messages", Messages),
        new("/messages/count_tokens", CountTokens),
        new("/messages/batches", BatchResults, IsStored: true, Method: ApiRow.StoredOnly, StoredEnd: "/results"),
        new("/complete", Complete));

    /// <summary>Where others serve messages beside their own APIs; more of the path, because threads have messages too.</summary>
    public static ApiRow[] MessagesBeside(string kind) =>
        [new("/v1/messages", MessagesOf(kind)), new("/v1/messages/count_tokens", CountTokensOf(kind))];

    public static ApiFamily MessagesOf(string kind) => new($"{kind}.messages", "chat", ReplyShape.AnthropicMessages);

    /// <summary>Counting is free, whatever number it answers.</summary>
    public static ApiFamily CountTokensOf(string kind) => new($"{kind}.count_tokens", "count_tokens", ReplyShape.ModelOnly);
}
