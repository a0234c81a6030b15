using System.Text;
using System.Text.Json.Nodes;

namespace Pipeline.EndToEnd.Privacy;

/// <summary>Calls with canaries wherever a caller can put a string that is not meant for the records.</summary>
public sealed class CanaryCalls(RunningPipeline pipeline, Canaries canaries)
{
    /// <summary>Name of the tag that the gateway is told to let through.</summary>
    public const string AllowedTag = "note";

    private static readonly (string Path, string[] Modes)[] Calls =
    [
        ("openai/v1/chat/completions", ["plain", "stream", "stream-error", "error", "html", "limited", "broken"]),
        ("openai/v1/responses", ["plain", "stream", "error"]),
        ("openai/v1/embeddings", ["plain", "error"]),
        ("openai/v1/files", ["plain", "html"]),
        ("anthropic/v1/messages", ["plain", "stream", "error", "broken"]),
        ("google/v1beta/models/{prose}:generateContent", ["plain", "error"]),
        ("google/v1beta/models/gemini-2.5-flash:generateContent", ["plain"]),
        ("nobody/v1/chat/completions", ["plain"]),
    ];

    /// <returns>Calls that became events.</returns>
    public async Task<int> MakeAsync()
    {
        var events = 0;
        foreach (var (path, modes) in Calls)
            foreach (var mode in modes)
                events += await SendAsync(HttpMethod.Post, path, mode, JsonContent(Body(mode)));
        events += await SendAsync(HttpMethod.Post, "openai/v1/chat/completions", "plain", JsonContent("{\"model\":\"" + canaries.Prose + "\",\"messages\":[" + canaries.Token));
        events += await SendAsync(HttpMethod.Post, "openai/v1/audio/transcriptions", "html", Upload());
        // A token there is the id of a stored response, which the event keeps; prose is none.
        events += await SendAsync(HttpMethod.Get, $"openai/v1/responses/{Uri.EscapeDataString(canaries.Prose)}", "error", null);
        // No such upstream: refused by the gateway itself, no attempt and no event.
        await SendAsync(HttpMethod.Get, canaries.Token + "/v1/models", "plain", null);
        return events;
    }

    private async Task<int> SendAsync(HttpMethod method, string path, string mode, HttpContent? content)
    {
        var said = Uri.EscapeDataString(canaries.Prose);
        var target = $"{pipeline.Gateway}/{path.Replace("{prose}", said)}?api-version={canaries.Token}&key={canaries.Token}&q={said}";
        using var request = new HttpRequestMessage(method, target) { Content = content };
        request.Headers.Add("x-mode", mode);
        request.Headers.Add("x-llm-tenant", pipeline.RunId);
        request.Headers.Add("x-llm-tags", $"{AllowedTag}={canaries.Control}, secret={canaries.Token}, {canaries.Token}=1");
        request.Headers.Add("x-llm-secret", canaries.Token);
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + canaries.Token);
        foreach (var name in new[] { "x-api-key", "cookie", "user-agent", "referer", "traceparent", "tracestate", "baggage", "x-stainless-retry-count", "openai-project" })
            request.Headers.TryAddWithoutValidation(name, canaries.Token);
        request.Headers.TryAddWithoutValidation("x-request-id", canaries.Prose);
        using var answer = await pipeline.Client.SendAsync(request);
        await answer.Content.ReadAsByteArrayAsync();
        return 1;
    }

    private string Body(string mode)
    {
        var both = $"{canaries.Prose}, {canaries.Token}, {canaries.Secrets}";
        return new JsonObject
        {
            ["model"] = canaries.Prose,
            ["stream"] = mode.StartsWith("stream", StringComparison.Ordinal),
            ["system"] = both, ["instructions"] = both, ["input"] = both, ["prompt"] = both,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["name"] = canaries.Token, ["content"] = both }),
            ["contents"] = new JsonArray(new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["text"] = both }) }),
            ["tools"] = new JsonArray(new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = canaries.Token, ["description"] = both } }),
            ["metadata"] = new JsonObject { ["note"] = both, ["user_id"] = canaries.Token, [canaries.Token] = "1" },
            ["user"] = canaries.Token, ["safety_identifier"] = canaries.Token, ["prompt_cache_key"] = canaries.Token, ["service_tier"] = canaries.Prose,
            ["speed"] = canaries.Prose, [canaries.Token] = both,
        }.ToJsonString();
    }

    private MultipartFormDataContent Upload() => new()
    {
        { new StringContent(canaries.Prose), "model" },
        { new StringContent(canaries.Token), "prompt" },
        { new ByteArrayContent(Encoding.UTF8.GetBytes(canaries.Prose)), "file", canaries.Token + ".wav" },
    };

    private static StringContent JsonContent(string body) => new(body, Encoding.UTF8, "application/json");
}
