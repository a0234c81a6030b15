using System.Net.Http.Json;
using System.Text.Json;

namespace Pipeline.EsSink.Tests.Servers;

/// <summary>The cluster as a test looks at it, beside the product's own client.</summary>
internal sealed class Cluster(Uri url) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = url };

    public JsonElement Get(string path) => Send(HttpMethod.Get, path, null);

    public JsonElement Put(string path, string json) => Send(HttpMethod.Put, path, json);

    public void Delete(string path) => Send(HttpMethod.Delete, path, null);

    /// <summary>Every document of the index by id.</summary>
    public IReadOnlyDictionary<string, JsonElement> Documents(string index)
    {
        Send(HttpMethod.Post, $"{index}/_refresh", null);
        var hits = Send(HttpMethod.Post, $"{index}/_search?size=10000&version=true", """{"query":{"match_all":{}}}""").GetProperty("hits").GetProperty("hits");
        return hits.EnumerateArray().ToDictionary(static hit => hit.GetProperty("_id").GetString()!);
    }

    public bool Exists(string index)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, index);
        using var response = _http.Send(request);
        return response.IsSuccessStatusCode;
    }

    public void Dispose() => _http.Dispose();

    private JsonElement Send(HttpMethod method, string path, string? json)
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null) request.Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var response = _http.SendAsync(request).GetAwaiter().GetResult();
        return response.Content.ReadFromJsonAsync<JsonElement>().GetAwaiter().GetResult();
    }
}
