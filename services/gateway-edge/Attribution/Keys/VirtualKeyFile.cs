using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Hosting;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>
/// The keys file as last read whole. A changed file replaces all keys at once; one that is wrong changes nothing, and is told by log,
/// readiness and metric.
/// </summary>
internal sealed partial class VirtualKeyFile
{
    public const int MaxBytes = 64 * 1024 * 1024;
    private const string Source = "virtual_keys";

    private readonly string _file;
    private readonly ILogger _logger;
    private volatile VirtualKeySet? _keys;
    private volatile string? _trouble;

    // Of the refreshing thread.
    private byte[] _seen = [];

    public VirtualKeyFile(string file, ILogger logger)
    {
        (_file, _logger) = (file, logger);
        Refresh();
    }

    /// <summary>Null = the file could not be read once: every key is unknown.</summary>
    public VirtualKeySet? Keys => _keys;

    public CheckResult Check() =>
        _trouble is not { } trouble ? CheckResult.Ok : _keys is null ? CheckResult.NotReady(trouble) : CheckResult.Warning(trouble);

    /// <summary>Looks at the file and what it refers to. Not for two threads.</summary>
    public void Refresh()
    {
        var keys = Read(_file, out var problem, out var seen);
        if (seen.AsSpan().SequenceEqual(_seen) && seen.Length > 0) return;
        _seen = seen;
        IdentityMetrics.Loaded(Source, keys is not null);
        if (keys is not null)
        {
            _keys = keys;
            _trouble = null;
            KeysLoaded(_logger, keys.Count);
            return;
        }

        _trouble = $"virtual keys file '{_file}' {problem}; {(_keys is null ? "there are no keys" : "the earlier keys are kept")}";
        KeysNotLoaded(_logger, _trouble);
    }

    /// <returns>Null, with sentences saying what to do.</returns>
    public static VirtualKeySet? Read(string file, out string problem) => Read(file, out problem, out _);

    /// <param name="seen">Hash of all that was read.</param>
    private static VirtualKeySet? Read(string file, out string problem, out byte[] seen)
    {
        try
        {
            problem = $"is over {MaxBytes} bytes";
            seen = SHA256.HashData(Encoding.UTF8.GetBytes(problem));
            if (new FileInfo(file).Length > MaxBytes) return null;
            var json = File.ReadAllBytes(file);
            var reading = new VirtualKeyReading(Path.GetDirectoryName(Path.GetFullPath(file))!);
            var keys = reading.Read(json, out problem);
            using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            all.AppendData(json);
            all.AppendData(Encoding.UTF8.GetBytes(reading.References.Append(problem).ToString()));
            seen = all.GetHashAndReset();
            return keys;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problem = "cannot be read";
            seen = SHA256.HashData(Encoding.UTF8.GetBytes(problem));
            return null;
        }
    }

    [LoggerMessage(42, LogLevel.Information, "VirtualKeysLoaded: {Count} keys", EventName = "VirtualKeysLoaded")]
    private static partial void KeysLoaded(ILogger logger, int count);

    [LoggerMessage(43, LogLevel.Error, "VirtualKeysNotLoaded: {Reason}", EventName = "VirtualKeysNotLoaded")]
    private static partial void KeysNotLoaded(ILogger logger, string reason);
}
