using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Pipeline.Benchmarks.Searchable;

/// <summary>Asks for the documents that are not found yet, again and again, and notes when each first is.</summary>
internal sealed class DocumentSearch(string elasticsearch) : IDisposable
{
    /// <summary>Ids of one question; Elasticsearch answers with 10,000 hits at most.</summary>
    private const int MaxIds = 5_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HttpClient _http = new() { BaseAddress = new Uri(elasticsearch) };
    private readonly ConcurrentDictionary<string, long> _pending = new();
    private readonly ConcurrentBag<TimeSpan> _times = [];

    public int Pending => _pending.Count;

    public IReadOnlyCollection<TimeSpan> Times => _times;

    public int Searches { get; private set; }

    /// <summary>The reply of this event has ended now.</summary>
    public void Await(string eventId) => _pending[eventId] = Stopwatch.GetTimestamp();

    /// <summary>What was measured so far does not count.</summary>
    public void Forget()
    {
        _times.Clear();
        Searches = 0;
    }

    public async Task RunAsync(CancellationToken end)
    {
        using var timer = new PeriodicTimer(Pause);
        while (!end.IsCancellationRequested)
        {
            if (!_pending.IsEmpty) await SearchAsync();
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task SearchAsync()
    {
        var ids = _pending.OrderBy(static one => one.Value).Take(MaxIds).Select(static one => one.Key).ToArray();
        using var content = new StringContent($"{{\"query\":{{\"ids\":{{\"values\":{JsonSerializer.Serialize(ids)}}}}},\"size\":{MaxIds},\"_source\":false}}", Json);
        using var answer = await _http.PostAsync("llm-usage/_search", content);
        // Until the first document there is no index.
        if (!answer.IsSuccessStatusCode) return;
        using var found = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync());
        Searches++;
        var now = Stopwatch.GetTimestamp();
        foreach (var hit in found.RootElement.GetProperty("hits").GetProperty("hits").EnumerateArray())
            if (_pending.TryRemove(hit.GetProperty("_id").GetString()!, out var ended)) _times.Add(Stopwatch.GetElapsedTime(ended, now));
    }
}
