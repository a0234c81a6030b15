using System.Diagnostics;
using Pipeline.Runtime.Tests.Hosting;
using Xunit;

namespace Pipeline.Runtime.Tests.Registry;

/// <summary>A real registry: $SCHEMA_REGISTRY_URL, else the script in $PIPELINE_SERVERS, else none and the tests are skipped.</summary>
public sealed class RegistryServer : IAsyncLifetime
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private Process? _server;

    /// <summary>Null when there is none on this machine.</summary>
    public Uri? Url { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("SCHEMA_REGISTRY_URL") is { Length: > 0 } given)
        {
            Url = new Uri(given);
            return;
        }

        var script = Path.Combine(Environment.GetEnvironmentVariable("PIPELINE_SERVERS") ?? DefaultServers(), "schema-registry");
        if (!File.Exists(script)) return;
        _server = Process.Start(new ProcessStartInfo(script, ["--port", TestService.FreePort().ToString()]) { RedirectStandardOutput = true })!;
        using var patience = new CancellationTokenSource(StartTimeout);
        while (await _server.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            if (!line.StartsWith("READY schema-registry ", StringComparison.Ordinal)) continue;
            Url = new Uri(line["READY schema-registry ".Length..]);
            return;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is null) return;
        // SIGTERM, so that the script takes its server down with it.
        using (var kill = Process.Start("kill", ["-TERM", _server.Id.ToString()])) await kill.WaitForExitAsync();
        await _server.WaitForExitAsync();
        _server.Dispose();
    }

    private static string DefaultServers()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Pipeline.sln"))) folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? "/", "..", "shared", "servers");
    }
}
