namespace Pipeline.GatewayEdge.Tests.Forwarding;

/// <summary>Small hand-written exchanges in the providers' formats.</summary>
internal static class WireSamples
{
    public const string ChatTarget = "/up/v1/chat/completions";

    public const string PlainRequest = """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}""";
    public const string StreamRequest = """{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"hi"}]}""";

    public const string StreamRequestAsking =
        """{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}""";

    public const string PlainReplyBody =
        """{"id":"chatcmpl-1","object":"chat.completion","model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"ho"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}""";

    public const string Delta =
        """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{"content":"ho"},"finish_reason":null}],"usage":null}""" + "\n\n";

    public const string Stop =
        """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}""" + "\n\n";

    public const string Usage =
        """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","model":"gpt-4o-mini-2024-07-18","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}""" + "\n\n";

    public const string Done = "data: [DONE]\n\n";

    public const string StreamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nx-request-id: up-1\r\nTransfer-Encoding: chunked\r\n\r\n";

    public const string LastChunk = "0\r\n\r\n";

    public static string PlainReply => Plain(PlainReplyBody);

    public static string Plain(string body, int status = 200, string reason = "OK", string extraHeaders = "") =>
        $"HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\n{extraHeaders}Content-Length: {body.Length}\r\n\r\n{body}";

    public static string Chunk(string data) => $"{data.Length:x}\r\n{data}\r\n";
}
