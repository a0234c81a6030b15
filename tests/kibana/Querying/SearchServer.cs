using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Kibana.Dashboards;
using Xunit;

namespace Pipeline.Kibana.Tests.Querying;

/// <summary>The real Elasticsearch, asked as Kibana asks it.</summary>
internal sealed class SearchServer(Uri url) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = url };

    public JsonElement Search(JsonObject request) => Send(HttpMethod.Post, $"{AllDashboards.IndexPattern}/_search", request.ToJsonString());

    public JsonElement Send(HttpMethod method, string path, string? body = null, bool mayFail = false)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = _http.Send(request);
        using var reader = new StreamReader(response.Content.ReadAsStream());
        var answer = reader.ReadToEnd();
        Assert.True(mayFail || response.IsSuccessStatusCode, $"{method} {path}: {answer}\n{body}");
        return JsonSerializer.Deserialize<JsonElement>(answer);
    }

    public void Dispose() => _http.Dispose();
}
