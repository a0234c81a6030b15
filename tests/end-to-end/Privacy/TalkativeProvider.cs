using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pipeline.EndToEnd.Privacy;

/// <summary>A provider that puts prose and tokens wherever a reply has room for them. The request's `x-mode` says how it answers.</summary>
public sealed class TalkativeProvider : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Canaries _canaries;

    private TalkativeProvider(WebApplication app, Canaries canaries)
    {
        (_app, _canaries) = (app, canaries);
        app.Run(AnswerAsync);
        app.StartAsync().GetAwaiter().GetResult();
        Address = app.Urls.First();
    }

    public string Address { get; }

    public static TalkativeProvider Start(Canaries canaries)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        return new TalkativeProvider(builder.Build(), canaries);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(System.IO.Stream.Null);
        var response = context.Response;
        response.Headers["x-request-id"] = _canaries.Token;
        response.Headers["openai-organization"] = _canaries.Token;
        response.Headers["set-cookie"] = "session=" + _canaries.Token;
        response.Headers["x-ratelimit-limit-requests"] = _canaries.Token;
        var path = context.Request.Path.Value!;
        var (contentType, body) = context.Request.Headers["x-mode"].ToString() switch
        {
            "error" => ("application/json", Error(response, 400)),
            "html" => ("text/html", Html(response)),
            "limited" => ("application/json", Error(response, 429)),
            "broken" => ("application/json", "{\"model\":\"" + _canaries.Prose + "\",\"usage\":{\"prompt_tokens\":\"" + _canaries.Token),
            "stream" => ("text/event-stream", Stream(path)),
            "stream-error" => ("text/event-stream", $"data: {Chunk()}\n\nevent: error\ndata: {ErrorBody()}\n\n"),
            _ => ("application/json", Reply(path)),
        };
        response.ContentType = contentType;
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes(body));
    }

    private string Said => $"{_canaries.Prose}, {_canaries.Token}, {_canaries.Secrets}";

    private JsonObject Usage(string input, string output) => new()
    {
        [input] = 5, [output] = 2, ["total_tokens"] = 7, ["note"] = _canaries.Prose, [_canaries.Prose] = 1,
        ["nested"] = new JsonObject { ["deep"] = new JsonArray(_canaries.Prose, new JsonObject { [_canaries.Prose] = _canaries.Prose }) },
    };

    private string Reply(string path) => path switch
    {
        _ when path.EndsWith("/messages", StringComparison.Ordinal) => Message().ToJsonString(),
        _ when path.Contains(":generateContent", StringComparison.Ordinal) => GoogleReply().ToJsonString(),
        _ when path.EndsWith("/responses", StringComparison.Ordinal) => Response().ToJsonString(),
        _ when path.EndsWith("/embeddings", StringComparison.Ordinal) => new JsonObject { ["model"] = _canaries.Prose, ["data"] = new JsonArray(), ["usage"] = Usage("prompt_tokens", "other") }.ToJsonString(),
        _ => Chat("chat.completion", "message").ToJsonString(),
    };

    private string Stream(string path) => path switch
    {
        _ when path.EndsWith("/messages", StringComparison.Ordinal) =>
            $"event: message_start\ndata: {new JsonObject { ["type"] = "message_start", ["message"] = Message() }.ToJsonString()}\n\n" +
            $"event: content_block_delta\ndata: {new JsonObject { ["type"] = "content_block_delta", ["delta"] = new JsonObject { ["text"] = Said } }.ToJsonString()}\n\n" +
            $"event: message_delta\ndata: {new JsonObject { ["type"] = "message_delta", ["delta"] = new JsonObject { ["stop_reason"] = _canaries.Prose }, ["usage"] = Usage("input_tokens", "output_tokens") }.ToJsonString()}\n\n" +
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        _ when path.EndsWith("/responses", StringComparison.Ordinal) =>
            $"event: response.output_text.delta\ndata: {new JsonObject { ["type"] = "response.output_text.delta", ["delta"] = Said }.ToJsonString()}\n\n" +
            $"event: response.completed\ndata: {new JsonObject { ["type"] = "response.completed", ["response"] = Response() }.ToJsonString()}\n\n",
        _ => $": {Said}\n\ndata: {Chunk()}\n\ndata: [DONE]\n\n",
    };

    private string Chunk() => Chat("chat.completion.chunk", "delta").ToJsonString();

    private JsonObject Chat(string kind, string member) => new()
    {
        ["id"] = _canaries.Prose, ["object"] = kind, ["model"] = _canaries.Prose, ["service_tier"] = _canaries.Prose, ["system_fingerprint"] = _canaries.Token,
        ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, [member] = new JsonObject { ["content"] = Said, ["tool_calls"] = ToolCalls() }, ["finish_reason"] = _canaries.Prose }),
        ["usage"] = Usage("prompt_tokens", "completion_tokens"),
    };

    private JsonArray ToolCalls() => new(new JsonObject { ["function"] = new JsonObject { ["name"] = _canaries.Token, ["arguments"] = JsonSerializer.Serialize(Said) } });

    private JsonObject Message() => new()
    {
        ["id"] = _canaries.Prose, ["type"] = "message", ["model"] = _canaries.Prose, ["stop_reason"] = _canaries.Prose,
        ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = Said }, new JsonObject { ["type"] = "tool_use", ["name"] = _canaries.Token, ["input"] = Said }),
        ["usage"] = Usage("input_tokens", "output_tokens"),
    };

    private JsonObject Response() => new()
    {
        ["id"] = _canaries.Prose, ["status"] = "completed", ["model"] = _canaries.Prose, ["service_tier"] = _canaries.Prose, ["instructions"] = Said,
        ["metadata"] = new JsonObject { ["note"] = Said },
        ["output"] = new JsonArray(
            new JsonObject { ["type"] = "web_search_call", ["action"] = new JsonObject { ["query"] = Said } },
            new JsonObject { ["type"] = "message", ["content"] = new JsonArray(new JsonObject { ["type"] = "output_text", ["text"] = Said }) }),
        ["usage"] = Usage("input_tokens", "output_tokens"),
    };

    private JsonObject GoogleReply() => new()
    {
        ["modelVersion"] = _canaries.Prose, ["responseId"] = _canaries.Prose,
        ["candidates"] = new JsonArray(new JsonObject
        {
            ["finishReason"] = _canaries.Prose, ["finishMessage"] = Said, ["content"] = new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["text"] = Said }) },
            ["groundingMetadata"] = new JsonObject { ["webSearchQueries"] = new JsonArray(Said) },
        }),
        ["usageMetadata"] = new JsonObject { ["promptTokenCount"] = 5, ["candidatesTokenCount"] = 2, ["totalTokenCount"] = 7, ["note"] = _canaries.Prose, ["trafficType"] = _canaries.Prose },
    };

    private string Error(HttpResponse response, int status)
    {
        response.StatusCode = status;
        return ErrorBody();
    }

    private string ErrorBody() => new JsonObject
    {
        ["type"] = "error",
        ["error"] = new JsonObject { ["message"] = Said, ["type"] = _canaries.Prose, ["code"] = _canaries.Prose, ["param"] = _canaries.Token, ["status"] = _canaries.Prose },
    }.ToJsonString();

    private string Html(HttpResponse response)
    {
        response.StatusCode = 500;
        return $"<html><body>{Said}</body></html>";
    }
}
