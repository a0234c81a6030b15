using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.AllInOne.Demo;

/// <summary>Bodies of Anthropic's messages API as they stand on the wire.</summary>
internal static class AnthropicReplies
{
    public static byte[] Message(DemoRequest request)
    {
        var usage = DemoUsage.Of(request);
        var message = Envelope(request, Usage(usage, usage.Output));
        message["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = string.Concat(DemoText.Of(request)) });
        message["stop_reason"] = "end_turn";
        return JsonSerializer.SerializeToUtf8Bytes(message);
    }

    /// <summary>Named events; the counts so far stand in the first, the final ones in message_delta, message_stop ends it.</summary>
    public static IEnumerable<byte[]> MessageStream(DemoRequest request)
    {
        var usage = DemoUsage.Of(request);
        yield return Event("message_start", new() { ["message"] = Envelope(request, Usage(usage, 1)) });
        yield return Event("content_block_start", new() { ["index"] = 0, ["content_block"] = new JsonObject { ["type"] = "text", ["text"] = "" } });
        yield return Event("ping", []);
        foreach (var piece in DemoText.Of(request))
            yield return Event("content_block_delta", new() { ["index"] = 0, ["delta"] = new JsonObject { ["type"] = "text_delta", ["text"] = piece } });
        yield return Event("content_block_stop", new() { ["index"] = 0 });
        yield return Event("message_delta", new()
        {
            ["delta"] = new JsonObject { ["stop_reason"] = "end_turn", ["stop_sequence"] = null },
            ["usage"] = new JsonObject
            {
                ["input_tokens"] = usage.Input - usage.CacheRead - usage.CacheWrite,
                ["cache_creation_input_tokens"] = usage.CacheWrite,
                ["cache_read_input_tokens"] = usage.CacheRead,
                ["output_tokens"] = usage.Output,
            },
        });
        yield return Event("message_stop", []);
    }

    public static byte[] Error(int status) => JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["type"] = "error",
        ["error"] = status switch
        {
            429 => new JsonObject { ["type"] = "rate_limit_error", ["message"] = "This request would exceed your rate limit." },
            400 => new JsonObject { ["type"] = "invalid_request_error", ["message"] = "Invalid body: a JSON object with a model is needed." },
            404 => new JsonObject { ["type"] = "not_found_error", ["message"] = "Not found" },
            _ => new JsonObject { ["type"] = "api_error", ["message"] = "Internal server error" },
        },
        ["request_id"] = null,
    });

    private static JsonObject Envelope(DemoRequest request, JsonObject usage) => new()
    {
        ["id"] = request.Id("msg_01"),
        ["type"] = "message",
        ["role"] = "assistant",
        ["model"] = request.Model,
        ["content"] = new JsonArray(),
        ["stop_reason"] = null,
        ["stop_sequence"] = null,
        ["usage"] = usage,
    };

    private static JsonObject Usage(DemoUsage usage, int output) => new()
    {
        ["input_tokens"] = usage.Input - usage.CacheRead - usage.CacheWrite,
        ["cache_creation_input_tokens"] = usage.CacheWrite,
        ["cache_read_input_tokens"] = usage.CacheRead,
        ["cache_creation"] = new JsonObject { ["ephemeral_5m_input_tokens"] = usage.CacheWrite, ["ephemeral_1h_input_tokens"] = 0 },
        ["output_tokens"] = output,
        ["service_tier"] = "standard",
    };

    private static byte[] Event(string name, JsonObject data)
    {
        data.Insert(0, "type", name);
        return Encoding.UTF8.GetBytes($"event: {name}\ndata: {data.ToJsonString()}\n\n");
    }
}
