using System.Collections.Concurrent;

namespace Pipeline.EndToEnd.Chaos;

/// <summary>A gateway to call, with the upstream behind it.</summary>
/// <param name="RunId">Tenant of every call.</param>
/// <param name="Output">What its processes said so far.</param>
public sealed record CallTarget(string Gateway, string RunId, HttpClient Client, RecordedUpstream Upstream, Func<string> Output);

/// <summary>
/// Applications that call without pause while servers die: each call is compared byte for byte with what the upstream sent, and the
/// event id of each complete one is kept.
/// </summary>
/// <param name="callers">Calls in flight at most.</param>
/// <param name="pace">Shortest time between two calls of one caller.</param>
public sealed class Traffic(CallTarget target, int callers, TimeSpan pace)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<string, byte> _complete = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly CancellationTokenSource _end = new();
    private Task _callers = Task.CompletedTask;
    private int _begun;

    /// <summary>Event ids of the calls whose whole reply arrived as it was sent.</summary>
    public IReadOnlyCollection<string> Complete => (IReadOnlyCollection<string>)_complete.Keys;

    /// <summary>What a caller saw of each other try.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>Starts calling; a call that fails is tried again until its reply is whole.</summary>
    /// <param name="calls">Calls to make; without it, until <see cref="EndAsync"/>.</param>
    public void Begin(int calls = int.MaxValue)
    {
        target.Upstream.Add([SmallReplies.Plain, SmallReplies.Streamed]);
        _callers = Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(() => CallAsync(calls))));
    }

    /// <summary>Waits until so many more calls are complete.</summary>
    public Task MoreAsync(int calls)
    {
        var wanted = _complete.Count + calls;
        return ReachAsync(wanted);
    }

    /// <summary>Waits until so many calls are complete in all.</summary>
    public Task ReachAsync(int calls) => Until.TrueAsync(() => Task.FromResult(_complete.Count >= calls || _callers.IsCompleted), Patience,
        () => $"only {_complete.Count} calls got through; the last failures: {string.Join(" | ", _failures.TakeLast(3))}\n{target.Output()}");

    /// <summary>Lets the calls in hand end and makes no more.</summary>
    public Task EndAsync()
    {
        _end.Cancel();
        return _callers;
    }

    /// <summary>Waits until all the calls asked for are made.</summary>
    public Task AllAsync() => _callers;

    private async Task CallAsync(int calls)
    {
        using var timer = pace > TimeSpan.Zero ? new PeriodicTimer(pace) : null;
        while (!_end.IsCancellationRequested && Interlocked.Increment(ref _begun) is var number && number <= calls)
        {
            while (!await TryAsync(number)) await Task.Delay(PauseAfterFailure);
            if (timer is not null) await timer.WaitForNextTickAsync();
        }
    }

    private async Task<bool> TryAsync(int number)
    {
        var exchange = number % 2 == 0 ? SmallReplies.Plain : SmallReplies.Streamed;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{target.Gateway}/openai{exchange.UrlPath}");
            request.Content = new ByteArrayContent(exchange.RequestBody);
            request.Content.Headers.TryAddWithoutValidation("content-type", "application/json");
            request.Headers.Add("x-recorded", exchange.Id);
            request.Headers.Add("x-chunking", "lines");
            request.Headers.Add("x-llm-tenant", target.RunId);
            request.Headers.Add("x-llm-team", "team-" + (number % 3));
            request.Headers.Add("x-llm-user", "user-" + (number % 5));
            using var answer = await target.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            var body = await answer.Content.ReadAsByteArrayAsync();
            if ((int)answer.StatusCode != exchange.Status || !body.AsSpan().SequenceEqual(exchange.ResponseBody))
                return Failed($"call {number}: status {(int)answer.StatusCode}, {body.Length} bytes, wanted {exchange.ResponseBody.Length}");
            _complete[answer.Headers.GetValues("x-llmops-request-id").Single()] = 0;
            return true;
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return Failed($"call {number}: {error.Message}");
        }
    }

    private bool Failed(string failure)
    {
        _failures.Enqueue(failure);
        return false;
    }
}
