namespace Pipeline.GatewayEdge.Metering;

/// <summary>How a family's replies are read; one reader class per member.</summary>
internal enum ReplyShape
{
    /// <summary>Not metered; only an error body is read, for its type.</summary>
    Other,
    OpenAIChat,
    OpenAIResponses,
    OpenAIEmbeddings,
    AnthropicMessages,
    GoogleGenerateContent,
}

/// <summary>One API of one provider kind: the fixed facts that metering and forwarding need of it.</summary>
/// <param name="Api">Value of the event's <c>api</c>, such as <c>openai.chat</c>.</param>
/// <param name="Operation">Value of the event's <c>operation</c>.</param>
/// <param name="Shape">Which reader understands its replies.</param>
/// <param name="TakesIncludeUsage">Streams of this family report usage only when <c>stream_options.include_usage</c> asks for it.</param>
/// <param name="UrlModel">Where the URL names the model.</param>
/// <param name="IsStreamByUrl">The URL asks for a stream, whatever the body says.</param>
internal sealed record ApiFamily(
    string Api,
    string Operation,
    ReplyShape Shape,
    bool TakesIncludeUsage = false,
    UrlModel UrlModel = UrlModel.None,
    bool IsStreamByUrl = false)
{
    /// <summary>Whether replies can hold usage at all.</summary>
    public bool IsMetered => Shape != ReplyShape.Other;
}

/// <summary>What the URL of one request tells.</summary>
/// <param name="Family">Never null: <c>&lt;kind&gt;.other</c> for what is not known.</param>
/// <param name="Operation">The family's own, or <c>retrieve</c> for the GET of a stored reply.</param>
/// <param name="UrlModel">Model named by the URL, percent-decoded, 1-128 visible ASCII characters; else null.</param>
/// <param name="Pattern">The row's path with names for its variable parts; null for what is not known.</param>
internal readonly record struct ApiMatch(ApiFamily Family, string Operation, string? UrlModel, string? Pattern)
{
    public string Api => Family.Api;

    public bool IsRetrieve => Operation == ApiFamilies.RetrieveOperation;
}
