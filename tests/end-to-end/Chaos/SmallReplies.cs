using System.Text;
using System.Text.Json;

namespace Pipeline.EndToEnd.Chaos;

/// <summary>Two hand-written replies whose costs have many digits.</summary>
public static class SmallReplies
{
    private const string Usage = """{"prompt_tokens":1237,"completion_tokens":311,"total_tokens":1548,"prompt_tokens_details":{"cached_tokens":1024},"completion_tokens_details":{"reasoning_tokens":64}}""";
    private static readonly JsonElement NoExpectation = JsonDocument.Parse("{}").RootElement;

    public static RecordedExchange Plain { get; } = Exchange("plain", streaming: false, "application/json",
        $$"""{"id":"chatcmpl-1","object":"chat.completion","model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"four"},"finish_reason":"stop"}],"usage":{{Usage}},"service_tier":"default"}""");

    public static RecordedExchange Streamed { get; } = Exchange("streamed", streaming: true, "text/event-stream",
        """data: {"id":"chatcmpl-2","object":"chat.completion.chunk","model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"content":"fo"},"finish_reason":null}],"usage":null}""" + "\n\n" +
        """data: {"id":"chatcmpl-2","object":"chat.completion.chunk","model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"content":"ur"},"finish_reason":"stop"}],"usage":null}""" + "\n\n" +
        $$"""data: {"id":"chatcmpl-2","object":"chat.completion.chunk","model":"gpt-4o-2024-08-06","choices":[],"usage":{{Usage}}}""" + "\n\ndata: [DONE]\n\n");

    private static RecordedExchange Exchange(string id, bool streaming, string contentType, string body) => new(
        id, "openai.chat", streaming, IsStrict: true, "POST", "/v1/chat/completions", "application/json",
        Encoding.UTF8.GetBytes($$"""{"model":"{{(streaming ? "gpt-4o" : "gpt-4o-mini")}}","stream":{{(streaming ? "true" : "false")}}{{(streaming ? ",\"stream_options\":{\"include_usage\":true}" : "")}},"messages":[{"role":"user","content":"two and two?"}]}"""),
        200, contentType, new Dictionary<string, string>(), Encoding.UTF8.GetBytes(body), NoExpectation);
}
