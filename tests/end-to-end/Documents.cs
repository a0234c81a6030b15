using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Pipeline.EndToEnd;

/// <summary>Reads one run's documents, told by their tenant, through Elasticsearch's search API.</summary>
public sealed class Documents(string elasticsearch, string runId) : IDisposable
{
    private const int PageSize = 1_000;
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HttpClient _http = new() { BaseAddress = new Uri(elasticsearch) };
    private readonly string _query = $"\"query\":{{\"term\":{{\"llm.attribution.tenant\":\"{runId}\"}}}}";

    /// <summary>All documents behind the alias by event id, newest revision each.</summary>
    public async Task<Dictionary<string, JsonElement>> AllAsync()
    {
        await RefreshAsync();
        var found = new Dictionary<string, JsonElement>();
        for (string? after = null; ;)
        {
            var page = after is null ? "" : $",\"search_after\":[\"{after}\"]";
            using var content = new StringContent($"{{{_query},\"size\":{PageSize},\"sort\":[\"event.id\"]{page}}}", Json);
            using var answer = await _http.PostAsync("llm-usage/_search", content);
            answer.EnsureSuccessStatusCode();
            var hits = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("hits").GetProperty("hits");
            foreach (var hit in hits.EnumerateArray())
            {
                after = hit.GetProperty("_id").GetString();
                found.Add(after!, hit.GetProperty("_source"));
            }

            if (hits.GetArrayLength() < PageSize) return found;
        }
    }

    /// <summary>Documents behind the alias; 0 while no index is there.</summary>
    public async Task<int> CountAsync()
    {
        await RefreshAsync();
        using var content = new StringContent($"{{{_query}}}", Json);
        using var answer = await _http.PostAsync("llm-usage/_count", content);
        return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("count").GetInt32() : 0;
    }

    public void Dispose() => _http.Dispose();

    private async Task RefreshAsync()
    {
        using var _ = await _http.PostAsync("llm-usage/_refresh", null);
    }
}

/// <summary>Reads a document by its dotted path, whether the members are nested or dotted themselves.</summary>
public static class DocumentFields
{
    public static JsonElement? At(this JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object) return null;
        if (element.TryGetProperty(path, out var whole)) return whole;
        for (var dot = path.IndexOf('.'); dot >= 0; dot = path.IndexOf('.', dot + 1))
            if (element.TryGetProperty(path[..dot], out var inner) && inner.At(path[(dot + 1)..]) is { } found) return found;
        return null;
    }

    public static string? Text(this JsonElement document, string path) => document.At(path)?.ToString();

    public static long? Count(this JsonElement document, string path) => document.At(path)?.GetInt64();

    public static decimal? Money(this JsonElement document, string path) =>
        document.At(path)?.GetString() is { } text ? decimal.Parse(text, CultureInfo.InvariantCulture) : null;
}
