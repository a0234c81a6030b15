using Microsoft.Extensions.Logging;

namespace Pipeline.AllInOne.Demo;

/// <summary>Makes the demo's calls through the gateway's real port, at a steady rate.</summary>
internal sealed partial class DemoCallers(
    CallJournal journal, HttpMessageHandler handler, Uri gateway, int callsPerSecond, int seed, TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>Calls in flight; at the bound the next one waits, so that a slow gateway is not flooded.</summary>
    public const int MaxInFlight = 64;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new(handler) { Timeout = CallTimeout };

    /// <summary>Makes calls until stopped, then waits for those in flight.</summary>
    public async Task Run(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / callsPerSecond), time);
        using var slots = new SemaphoreSlim(MaxInFlight);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                await slots.WaitAsync(stop);
                _ = CallAndRelease(slots);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            for (var i = 0; i < MaxInFlight; i++) await slots.WaitAsync(CancellationToken.None);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task CallAndRelease(SemaphoreSlim slots)
    {
        var number = journal.Begin();
        try
        {
            using var request = DemoCall.Of(number, seed).ToRequest(gateway);
            using var reply = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            await reply.Content.CopyToAsync(Stream.Null);
            journal.End(number);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            journal.Break(number);
            CallBroken(logger, number, error.GetType().Name);
        }
        finally
        {
            slots.Release();
        }
    }

    [LoggerMessage(70, LogLevel.Warning, "CallBroken {Number}: {Error}", EventName = "CallBroken")]
    private static partial void CallBroken(ILogger logger, long number, string error);
}
