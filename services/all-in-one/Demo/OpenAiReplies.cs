using System.Buffers;
using System.Text.Json;

namespace Pipeline.AllInOne.Demo;

/// <summary>Bodies of OpenAI's chat completions and embeddings APIs as they stand on the wire.</summary>
internal static class OpenAiReplies
{
    private const int EmbeddingDimensions = 8;

    private delegate void WriteMembers(Utf8JsonWriter json);

    public static byte[] Chat(DemoRequest request, DateTimeOffset now) => Json(json =>
    {
        WriteEnvelope(json, request, now, "chat.completion");
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", string.Concat(DemoText.Of(request)));
        json.WriteNull("refusal");
        json.WriteStartArray("annotations");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", "stop");
        json.WriteEndObject();
        json.WriteEndArray();
        WriteUsage(json, DemoUsage.Of(request));
        json.WriteString("service_tier", "default");
        json.WriteString("system_fingerprint", "fp_demo");
    });

    /// <summary>Server-sent events; the usage chunk comes only when it was asked for, `[DONE]` always.</summary>
    public static IEnumerable<byte[]> ChatStream(DemoRequest request, DateTimeOffset now)
    {
        yield return Chunk(request, now, static json =>
        {
            json.WriteString("role", "assistant");
            json.WriteString("content", "");
            json.WriteNull("refusal");
        }, null);
        foreach (var piece in DemoText.Of(request)) yield return Chunk(request, now, json => json.WriteString("content", piece), null);
        yield return Chunk(request, now, static _ => { }, "stop");
        if (request.IncludesUsage)
        {
            yield return Event(json =>
            {
                WriteEnvelope(json, request, now, "chat.completion.chunk");
                json.WriteString("service_tier", "default");
                json.WriteStartArray("choices");
                json.WriteEndArray();
                WriteUsage(json, DemoUsage.Of(request));
            });
        }

        yield return "data: [DONE]\n\n"u8.ToArray();
    }

    public static byte[] Embeddings(DemoRequest request) => Json(json =>
    {
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        json.WriteStartObject();
        json.WriteString("object", "embedding");
        json.WriteNumber("index", 0);
        json.WriteStartArray("embedding");
        for (var i = 0; i < EmbeddingDimensions; i++) json.WriteNumberValue((request.Pick(20 + i, 2_000) - 1_000) / 1_000.0);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteString("model", request.Model);
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", DemoUsage.Of(request).Input);
        json.WriteNumber("total_tokens", DemoUsage.Of(request).Input);
        json.WriteEndObject();
    });

    public static byte[] Error(int status) => Json(json =>
    {
        json.WriteStartObject("error");
        var (message, type, code) = status switch
        {
            429 => ("Rate limit reached for requests.", "requests", "rate_limit_exceeded"),
            400 => ("Invalid body: a JSON object with a model is needed.", "invalid_request_error", null),
            404 => ("Unknown request URL.", "invalid_request_error", "unknown_url"),
            _ => ("The server had an error while processing your request.", "server_error", (string?)null),
        };
        json.WriteString("message", message);
        json.WriteString("type", type);
        json.WriteNull("param");
        json.WriteString("code", code);
        json.WriteEndObject();
    });

    private static byte[] Chunk(DemoRequest request, DateTimeOffset now, WriteMembers delta, string? finishReason) => Event(json =>
    {
        WriteEnvelope(json, request, now, "chat.completion.chunk");
        json.WriteString("service_tier", "default");
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("delta");
        delta(json);
        json.WriteEndObject();
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", finishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        if (request.IncludesUsage) json.WriteNull("usage");
    });

    private static void WriteEnvelope(Utf8JsonWriter json, DemoRequest request, DateTimeOffset now, string kind)
    {
        json.WriteString("id", request.Id("chatcmpl-"));
        json.WriteString("object", kind);
        json.WriteNumber("created", now.ToUnixTimeSeconds());
        json.WriteString("model", request.Model);
    }

    private static void WriteUsage(Utf8JsonWriter json, DemoUsage usage)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", usage.Input);
        json.WriteNumber("completion_tokens", usage.Output);
        json.WriteNumber("total_tokens", usage.Input + usage.Output);
        json.WriteStartObject("prompt_tokens_details");
        json.WriteNumber("cached_tokens", usage.CacheRead);
        json.WriteNumber("audio_tokens", 0);
        json.WriteEndObject();
        json.WriteStartObject("completion_tokens_details");
        json.WriteNumber("reasoning_tokens", usage.Reasoning);
        json.WriteNumber("audio_tokens", 0);
        json.WriteNumber("accepted_prediction_tokens", 0);
        json.WriteNumber("rejected_prediction_tokens", 0);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static byte[] Json(WriteMembers members)
    {
        var bytes = new ArrayBufferWriter<byte>();
        WriteObject(bytes, members);
        return bytes.WrittenSpan.ToArray();
    }

    private static byte[] Event(WriteMembers members)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write("data: "u8);
        WriteObject(bytes, members);
        bytes.Write("\n\n"u8);
        return bytes.WrittenSpan.ToArray();
    }

    private static void WriteObject(ArrayBufferWriter<byte> bytes, WriteMembers members)
    {
        using var json = new Utf8JsonWriter(bytes);
        json.WriteStartObject();
        members(json);
        json.WriteEndObject();
    }
}
