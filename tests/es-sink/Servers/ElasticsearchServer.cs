using System.Diagnostics;
using Pipeline.TestKit;
using Xunit;

namespace Pipeline.EsSink.Tests.Servers;

/// <summary>A real Elasticsearch of a test's own, by the script in $PIPELINE_SERVERS; its data stays over a kill.</summary>
internal sealed class ElasticsearchServer : IDisposable
{
    /// <summary>From the HTTP port to the cluster's own, as the script lays them out.</summary>
    private const int TransportDistance = 100;

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(120);

    private readonly string _script;
    private readonly string[] _settings;
    private readonly string _data;
    private readonly int _port = FreePorts.WithFollowing(0, TransportDistance);
    private Process? _process;

    private ElasticsearchServer(string script, string[] settings)
    {
        (_script, _settings) = (script, settings);
        _data = Directory.CreateTempSubdirectory("es-sink-tests-").FullName;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_data, (UnixFileMode)0b111_101_101);
    }

    public Uri Url => new($"http://127.0.0.1:{_port}");

    /// <summary>The path of the script; null where there is none.</summary>
    public static string? Script() => ServerScripts.Find("elasticsearch", RealElasticsearch.EnvironmentName, out _);

    public static ElasticsearchServer StartOrSkip(params string[] settings)
    {
        if (Script() is not { } script)
        {
            Assert.Skip("no Elasticsearch of a test's own: set PIPELINE_SERVERS to the folder of its script");
            throw new InvalidOperationException();
        }

        var server = new ElasticsearchServer(script, settings);
        try
        {
            server.Start();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public void Start()
    {
        string[] arguments = ["--port", $"{_port}", "--data", _data, "--heap", "512m", .. _settings.SelectMany(static setting => (string[])["--set", setting])];
        _process = Process.Start(new ProcessStartInfo(_script, arguments) { RedirectStandardOutput = true })!;
        using var patience = new CancellationTokenSource(StartTimeout);
        while (_process.StandardOutput.ReadLineAsync(patience.Token).AsTask().GetAwaiter().GetResult() is { } line)
        {
            if (!line.StartsWith("READY elasticsearch ", StringComparison.Ordinal)) continue;
            // The server goes on writing; a full pipe would stop it.
            _ = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
            return;
        }

        throw new InvalidOperationException("Elasticsearch ended before it was ready");
    }

    /// <summary>kill -9.</summary>
    public void Crash()
    {
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    public void Dispose()
    {
        if (_process is not null) Crash();
        Directory.Delete(_data, true);
    }
}

/// <summary>The server that most tests share: $ELASTICSEARCH_URL, else one by the script, else none.</summary>
public sealed class SharedElasticsearch : IDisposable
{
    private readonly ElasticsearchServer? _own;

    public SharedElasticsearch()
    {
        if (Environment.GetEnvironmentVariable("ELASTICSEARCH_URL") is { Length: > 0 } given) Url = new Uri(given);
        else if (ElasticsearchServer.Script() is not null) Url = (_own = ElasticsearchServer.StartOrSkip()).Url;
    }

    public Uri? Url { get; }

    public void Dispose() => _own?.Dispose();
}
