using System.Buffers;
using System.Net.Http;
using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Hosting;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>
/// The issuer's current keys, from a file or a URL: a URL is fetched at an interval, a file looked at within seconds of its change, and both once
/// more when a token names a key that is not among them, because issuers change keys before everybody has the new set. A fetch that fails
/// keeps the keys that are there until they are too old.
/// </summary>
internal sealed partial class JwksSource : IDisposable
{
    private const string Source = "jwks";

    private readonly JwtOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HttpMessageInvoker? _http;
    private readonly Lock _gate = new();

    // Under the gate.
    private Task? _fetching;
    private DateTimeOffset _mayFetchAt = DateTimeOffset.MinValue;

    private volatile Loaded? _loaded;
    private volatile string? _trouble;

    private sealed record Loaded(JwtKeySet Keys, byte[] Json, DateTimeOffset At);

    /// <param name="handler">What fetches; null = sockets.</param>
    public JwksSource(JwtOptions options, TimeProvider time, ILogger logger, HttpMessageHandler? handler = null)
    {
        (_options, _time, _logger) = (options, time, logger);
        if (options.KeysUrl is not null)
            _http = new HttpMessageInvoker(handler ?? new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ConnectTimeout = options.FetchTimeout }, handler is null);
    }

    /// <summary>Null while there are none, or when the last ones are older than KeysMaxAge.</summary>
    public JwtKeySet? Current => _loaded is { } loaded && _time.GetUtcNow() - loaded.At <= _options.KeysMaxAge ? loaded.Keys : null;

    public CheckResult Check() =>
        Current is null && _options.Mode == IdentityDemand.Required ? CheckResult.NotReady(_trouble ?? "the token issuer's keys are not there yet")
        : _trouble is { } trouble ? CheckResult.Warning(trouble)
        : CheckResult.Ok;

    /// <summary>Reads a JWKS file.</summary>
    /// <returns>Null, with a sentence saying why.</returns>
    public static JwtKeySet? ReadFile(string file, out string problem) => Parse(ReadBytes(file, out problem), ref problem);

    /// <summary>Looks at the file again; what a token of an unknown key may cause is not put off by it.</summary>
    public Task LookAgainAsync()
    {
        lock (_gate)
        {
            return _fetching is { IsCompleted: false } running ? running : _fetching = FetchAsync();
        }
    }

    /// <summary>Fetches the keys; one fetch at a time, those who come meanwhile share it.</summary>
    public Task RefreshAsync()
    {
        lock (_gate)
        {
            if (_fetching is { IsCompleted: false } running) return running;
            _mayFetchAt = _time.GetUtcNow() + _options.MissInterval;
            return _fetching = FetchAsync();
        }
    }

    /// <summary>A token names a key that is not there: fetches, unless one did so within MissInterval.</summary>
    /// <returns>False when nothing was fetched.</returns>
    public async ValueTask<bool> RefreshForMissAsync()
    {
        Task fetch;
        lock (_gate)
        {
            if (_fetching is { IsCompleted: false } running) fetch = running;
            else if (_time.GetUtcNow() < _mayFetchAt) return false;
            else fetch = RefreshAsync();
        }

        await fetch;
        return true;
    }

    public void Dispose() => _http?.Dispose();

    private async Task FetchAsync()
    {
        var problem = "";
        var json = _http is null ? ReadBytes(_options.KeysFile!, out problem) : null;
        if (_http is not null) (json, problem) = await DownloadAsync(_http);
        if (json is not null && _loaded is { } before && json.AsSpan().SequenceEqual(before.Json))
        {
            // The same keys: what they were found to have signed stays known.
            _loaded = before with { At = _time.GetUtcNow() };
            _trouble = null;
            return;
        }

        var keys = Parse(json, ref problem);
        if (keys is not null)
        {
            IdentityMetrics.Loaded(Source, isOk: true);
            _loaded = new Loaded(keys, json!, _time.GetUtcNow());
            _trouble = null;
            KeysLoaded(_logger, keys.Count);
            return;
        }

        var trouble = $"the token issuer's keys ({_options.KeysFile ?? _options.KeysUrl!.GetLeftPart(UriPartial.Path)}) {problem}; {(_loaded is null ? "there are none" : "the earlier ones are kept")}";
        // A file that stays as it is, is told once; it is looked at every few seconds.
        if (_http is null && trouble == _trouble) return;
        IdentityMetrics.Loaded(Source, isOk: false);
        _trouble = trouble;
        KeysNotLoaded(_logger, _trouble);
    }

    private async Task<(byte[]? Json, string Problem)> DownloadAsync(HttpMessageInvoker http)
    {
        using var timeout = new CancellationTokenSource(_options.FetchTimeout, _time);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _options.KeysUrl);
            request.Headers.TryAddWithoutValidation("Accept", "application/json");
            using var reply = await http.SendAsync(request, timeout.Token);
            if (!reply.IsSuccessStatusCode) return (null, $"were answered with status {(int)reply.StatusCode}");
            await using var body = await reply.Content.ReadAsStreamAsync(timeout.Token);
            var buffer = new ArrayBufferWriter<byte>(16 * 1024);
            while (true)
            {
                var read = await body.ReadAsync(buffer.GetMemory(4 * 1024), timeout.Token);
                if (read == 0) return (buffer.WrittenSpan.ToArray(), "");
                buffer.Advance(read);
                if (buffer.WrittenCount > JwtKeySet.MaxBytes) return (null, $"are over {JwtKeySet.MaxBytes} bytes");
            }
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            return (null, error is OperationCanceledException ? "did not come in time" : "cannot be fetched");
        }
    }

    private static byte[]? ReadBytes(string file, out string problem)
    {
        problem = "";
        try
        {
            if (new FileInfo(file).Length <= JwtKeySet.MaxBytes) return File.ReadAllBytes(file);
            problem = $"is over {JwtKeySet.MaxBytes} bytes";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problem = "cannot be read";
        }

        return null;
    }

    private static JwtKeySet? Parse(byte[]? json, ref string problem) => json is null ? null : JwtKeySet.Read(json, out problem);

    [LoggerMessage(40, LogLevel.Information, "TokenKeysLoaded: {Count} keys", EventName = "TokenKeysLoaded")]
    private static partial void KeysLoaded(ILogger logger, int count);

    [LoggerMessage(41, LogLevel.Warning, "TokenKeysNotLoaded: {Reason}", EventName = "TokenKeysNotLoaded")]
    private static partial void KeysNotLoaded(ILogger logger, string reason);
}
