namespace Pipeline.GatewayEdge.Metering;

/// <summary>How a family's replies are read; one reader class per member.</summary>
internal enum ReplyShape
{
    /// <summary>Not metered; only an error body is read, for its type.</summary>
    Other,

    /// <summary>Free of charge: only the model is read, whatever else the reply counts.</summary>
    ModelOnly,
    OpenAIChat,
    OpenAIResponses,
    OpenAIEmbeddings,

    /// <summary>Images, transcripts and speech: one object, or events of which the last one has the usage.</summary>
    OpenAIMedia,
    OllamaNative,
    AnthropicMessages,

    /// <summary>Results of a message batch: a whole message a line.</summary>
    AnthropicBatch,

    /// <summary>Anthropic's legacy complete, which counts nothing.</summary>
    AnthropicComplete,
    GoogleGenerateContent,
    GoogleEmbeddings,

    /// <summary>Vertex's predict: embeddings or images of older models.</summary>
    GooglePredict,
    GoogleInteractions,

    /// <summary>A prompt put into Gemini's cache.</summary>
    GoogleCachedContent,
    Cohere,
    BedrockConverse,

    /// <summary>The documents of whatever vendor's model was invoked.</summary>
    BedrockInvoke,
}

/// <summary>How an OpenAI-style usage object is to be read where its members alone do not tell.</summary>
internal enum UsageDialect
{
    /// <summary>Details are inside their totals.</summary>
    Standard,

    /// <summary>Mistral: <c>prompt_tokens</c> leaves the audio out.</summary>
    AudioBesidePrompt,

    /// <summary>xAI chat: <c>completion_tokens</c> leaves the reasoning out.</summary>
    ReasoningBesideCompletion,

    /// <summary>Gemini's OpenAI-style endpoint: thoughts stand in <c>total_tokens</c> alone.</summary>
    ReasoningInTotalOnly,
}

/// <summary>One API of one provider kind: the fixed facts that metering and forwarding need of it.</summary>
/// <param name="Api">Value of the event's <c>api</c>, such as <c>openai.chat</c>.</param>
/// <param name="Operation">Value of the event's <c>operation</c>.</param>
/// <param name="Shape">Which reader understands its replies.</param>
/// <param name="TakesIncludeUsage">Streams of this family report usage only when <c>stream_options.include_usage</c> asks for it.</param>
/// <param name="UrlModel">Where the URL names the model.</param>
/// <param name="IsStreamByUrl">The URL asks for a stream, whatever the body says.</param>
/// <param name="StreamsUnlessTold">A request that says nothing of <c>stream</c> asks for one.</param>
/// <param name="StreamsLines">Streams are one JSON document a line.</param>
/// <param name="MayBeOpaque">Good replies may be audio or plain text: only what calls itself JSON or an event stream is read.</param>
/// <param name="Dialect">How its usage object is read.</param>
/// <param name="IsSpoken">The request's <c>input</c> is spoken and paid by character.</param>
/// <param name="EndsWithoutMark">Its streams end with a reason and their usage; the mark [DONE] never comes.</param>
internal sealed record ApiFamily(
    string Api,
    string Operation,
    ReplyShape Shape,
    bool TakesIncludeUsage = false,
    UrlModel UrlModel = UrlModel.None,
    bool IsStreamByUrl = false,
    bool StreamsUnlessTold = false,
    bool StreamsLines = false,
    bool MayBeOpaque = false,
    UsageDialect Dialect = UsageDialect.Standard,
    bool IsSpoken = false,
    bool EndsWithoutMark = false)
{
    /// <summary>Whether replies are read for more than an error.</summary>
    public bool IsMetered => Shape != ReplyShape.Other;

    /// <summary>Requests may be forms with a file, which tell the model in their first fields.</summary>
    public bool MayBeForm => Shape == ReplyShape.OpenAIMedia;
}

/// <summary>What the URL of one request tells.</summary>
/// <param name="Family">Never null: <c>&lt;kind&gt;.other</c> for what is not known.</param>
/// <param name="Operation">The family's own, or <c>retrieve</c> for the GET of a stored reply.</param>
/// <param name="UrlModel">Model named by the URL, percent-decoded, 1-128 visible ASCII characters; else null.</param>
/// <param name="StoredId">Id of the stored reply that is read again; null for calls.</param>
/// <param name="Pattern">The row's path with names for its variable parts; null for what is not known.</param>
internal readonly record struct ApiMatch(ApiFamily Family, string Operation, string? UrlModel, string? Pattern, string? StoredId = null)
{
    public string Api => Family.Api;

    public bool IsRetrieve => Operation == ApiFamilies.RetrieveOperation;
}
