namespace Pipeline.EndToEnd.Clients;

/// <summary>Hand-written replies of the two providers, as their clients take them.</summary>
public static class ProviderReplies
{
    private const string ChatUsage = """{"prompt_tokens":19,"completion_tokens":7,"total_tokens":26,"prompt_tokens_details":{"cached_tokens":8,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":2,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}""";
    private const string ResponsesUsage = """{"input_tokens":19,"input_tokens_details":{"cached_tokens":8},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":26}""";
    private const string ClaudeUsage = """{"input_tokens":11,"cache_creation_input_tokens":0,"cache_read_input_tokens":8,"output_tokens":7,"service_tier":"standard"}""";

    public const string Chat = $$"""{"id":"chatcmpl-9","object":"chat.completion","created":1760000000,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"Four, \u20ac and \ud83c\udf0d","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{{ChatUsage}},"service_tier":"default","system_fingerprint":"fp_1"}""";

    public const string Embeddings = """{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPwAAAEAAAEBA"},{"object":"embedding","index":1,"embedding":"AACAQAAAoEAAAMBA"}],"model":"text-embedding-3-small","usage":{"prompt_tokens":2,"total_tokens":2}}""";

    public const string Models = """{"object":"list","data":[{"id":"gpt-4o-mini","object":"model","created":1721172741,"owned_by":"system"}]}""";

    public const string Transcription = """{"text":"two and two","usage":{"type":"duration","seconds":3}}""";

    public const string Message = $$"""{"id":"msg_9","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929","content":[{"type":"text","text":"Four, \u20ac"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{{ClaudeUsage}}}""";

    public const string TokenCount = """{"input_tokens":19}""";

    public static string Response { get; } = ResponseObject("completed", Output, ResponsesUsage);

    private const string Output = """[{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Four","annotations":[]}]}]""";

    /// <summary>Events of a chat stream up to the end; the usage chunk is apart because only those who ask get it.</summary>
    public static string[] ChatEvents { get; } =
    [
        Data(ChatChunk("""{"role":"assistant","content":""}""", "null")),
        Data(ChatChunk("""{"content":"Fo"}""", "null")),
        Data(ChatChunk("""{"content":"ur \u20ac"}""", "null")),
        Data(ChatChunk("{}", "\"stop\"")),
    ];

    public static string ChatUsageEvent { get; } =
        Data($$"""{"id":"chatcmpl-9","object":"chat.completion.chunk","created":1760000000,"model":"gpt-4o-mini-2024-07-18","choices":[],"usage":{{ChatUsage}}}""");

    public static string Done { get; } = Data("[DONE]");

    public static string ChatError { get; } = Data("""{"error":{"message":"The server had an error while processing your request","type":"server_error","param":null,"code":null}}""");

    public static string[] ResponseEvents { get; } =
    [
        Named("response.created", $$"""{"type":"response.created","sequence_number":0,"response":{{ResponseObject("in_progress", "[]", "null")}}}"""),
        Named("response.output_item.added", """{"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}"""),
        Named("response.output_text.delta", """{"type":"response.output_text.delta","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"Four"}"""),
        Named("response.completed", $$"""{"type":"response.completed","sequence_number":3,"response":{{Response}}}"""),
    ];

    public static string[] MessageEvents { get; } =
    [
        Named("message_start", """{"type":"message_start","message":{"id":"msg_9","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":11,"cache_creation_input_tokens":0,"cache_read_input_tokens":8,"output_tokens":1,"service_tier":"standard"}}}"""),
        Named("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"""),
        Named("ping", """{"type":"ping"}"""),
        Named("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Four \u20ac"}}"""),
        Named("content_block_stop", """{"type":"content_block_stop","index":0}"""),
        Named("message_delta", """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":7}}"""),
        Named("message_stop", """{"type":"message_stop"}"""),
    ];

    public static string MessageError { get; } = Named("error", """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""");

    public static string OpenAIError(int status) => status switch
    {
        400 => """{"error":{"message":"Unsupported value: 'temperature'","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}""",
        401 => """{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}""",
        429 => """{"error":{"message":"Rate limit reached","type":"requests","param":null,"code":"rate_limit_exceeded"}}""",
        _ => """{"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}""",
    };

    public static string AnthropicError(int status)
    {
        var type = status switch { 400 => "invalid_request_error", 401 => "authentication_error", 429 => "rate_limit_error", _ => "api_error" };
        return $$"""{"type":"error","error":{"type":"{{type}}","message":"That went wrong"},"request_id":"req_body_9"}""";
    }

    private static string ResponseObject(string status, string output, string usage) =>
        $$"""{"id":"resp_9","object":"response","created_at":1760000000,"status":"{{status}}","error":null,"incomplete_details":null,"instructions":null,"model":"gpt-4o-mini-2024-07-18","output":{{output}},"parallel_tool_calls":true,"temperature":1,"tool_choice":"auto","tools":[],"top_p":1,"service_tier":"default","usage":{{usage}},"metadata":{} }""";

    private static string ChatChunk(string delta, string finishReason) =>
        $$"""{"id":"chatcmpl-9","object":"chat.completion.chunk","created":1760000000,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{finishReason}} }]}""";

    private static string Data(string data) => $"data: {data}\n\n";

    private static string Named(string name, string data) => $"event: {name}\ndata: {data}\n\n";
}
