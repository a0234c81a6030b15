using System.Diagnostics;
using System.Globalization;

namespace Pipeline.TestKit;

/// <summary>Brokers of a test's own, with nodes that can be killed and brought back.</summary>
public sealed class RealKafka : IDisposable
{
    public const string EnvironmentName = "KAFKA_BOOTSTRAP";

    /// <summary>Ports between two nodes, as the script lays them out; the controller is one above its node.</summary>
    private const int NodeStride = 10;
    private const int StartTries = 3;
    private static readonly TimeSpan ToolLimit = TimeSpan.FromSeconds(60);

    private static readonly Lazy<(string? Bootstrap, string? SkipReason)> SharedOne = new(FindShared);

    private readonly ServerProcess _process;
    private readonly string _data;

    private RealKafka(ServerProcess process, string data) => (_process, _data) = (process, data);

    /// <summary>
    /// One broker for all tests of this run: `$KAFKA_BOOTSTRAP`, else one that is started at first use and stops with this
    /// process. Null where there is none, with the reason for skipping.
    /// </summary>
    /// <remarks>It has one node, so topics on it are weak, and it ends forgotten transactions within half a second.</remarks>
    public static string? Shared(out string? skipReason)
    {
        (var bootstrap, skipReason) = SharedOne.Value;
        return bootstrap;
    }

    public string Bootstrap => _process.Address;

    /// <param name="settings">Lines for every broker's configuration, such as `min.insync.replicas=2`.</param>
    /// <returns>Null where there is no way to start one.</returns>
    public static RealKafka? Start(int nodes, IEnumerable<string> settings, out string? skipReason)
    {
        if (ServerScripts.Find("kafka", EnvironmentName, out skipReason) is not { } script) return null;
        for (var tries = 1; ; tries++)
        {
            var data = Directory.CreateTempSubdirectory("kafka-test-").FullName;
            var port = FreePorts.WithFollowing([.. Enumerable.Range(0, nodes).SelectMany(static node => new[] { NodeStride * node, (NodeStride * node) + 1 })]);
            string[] arguments = ["--port", port.ToString(CultureInfo.InvariantCulture), "--data", data, "--nodes", nodes.ToString(CultureInfo.InvariantCulture),
                "--heap", "512m", .. settings.SelectMany(static setting => new[] { "--set", setting })];
            try
            {
                return new RealKafka(ServerProcess.Start(script, arguments), data);
            }
            catch (InvalidOperationException) when (tries < StartTries)
            {
                Directory.Delete(data, recursive: true);
            }
        }
    }

    /// <summary>kill -9 of one broker, counted from 1.</summary>
    public void Kill(int node)
    {
        using var broker = Broker(node);
        broker.Kill();
        broker.WaitForExit();
    }

    /// <summary>SIGTERM: the broker ends in order; <see cref="Run"/> brings it back.</summary>
    public void Stop(int node)
    {
        using var broker = Broker(node);
        Signal(node, "TERM");
        broker.WaitForExit();
    }

    /// <summary>The broker keeps its connections and answers nothing, until <see cref="Thaw"/>.</summary>
    public void Freeze(int node) => Signal(node, "STOP");

    public void Thaw(int node) => Signal(node, "CONT");

    /// <summary>Starts a killed broker again, on its own data.</summary>
    public void Run(int node)
    {
        var start = new ProcessStartInfo(Path.Combine(_data, $"node-{node}", "run")) { RedirectStandardInput = true };
        Process.Start(start)!.Dispose();
    }

    /// <summary>
    /// Transactions that are open in a partition while their coordinator knows nothing of them: nobody will end them, and committed readers
    /// wait for good. Kafka's own tool looks for them; null when it finds none or is not there.
    /// </summary>
    public string? HangingTransactions(int node)
    {
        if (ServerScripts.Find("kafka-tool", EnvironmentName, out _) is not { } tool) return null;
        string[] arguments = ["TransactionsCommand", "--bootstrap-server", Bootstrap, "find-hanging", "--broker-id", $"{node}", "--max-transaction-timeout", "1"];
        using var process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        var lines = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(ToolLimit))
        {
            process.Kill(entireProcessTree: true);
            return null;
        }

        var found = lines.Result.Split('\n').Skip(1).Where(static line => line.Trim().Length > 0).ToArray();
        return found.Length == 0 ? null : string.Join("; ", found.Select(static line => string.Join(' ', line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))));
    }

    public void Dispose()
    {
        _process.Dispose();
        try
        {
            Directory.Delete(_data, recursive: true);
        }
        catch (IOException)
        {
            // A broker brought back by Run is stopped by its pid file a moment later; its folder is temporary anyway.
        }
    }

    private void Signal(int node, string name)
    {
        using var broker = Broker(node);
        using var kill = Process.Start("kill", [$"-{name}", broker.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private Process Broker(int node) =>
        Process.GetProcessById(int.Parse(File.ReadAllText(Path.Combine(_data, $"node-{node}", "pid")), CultureInfo.InvariantCulture));

    private static (string?, string?) FindShared()
    {
        if (Environment.GetEnvironmentVariable(EnvironmentName) is { Length: > 0 } given) return (given, null);
        var started = Start(1, ["transaction.abort.timed.out.transaction.cleanup.interval.ms=500"], out var reason);
        if (started is not null) AppDomain.CurrentDomain.ProcessExit += (_, _) => started.Dispose();
        return (started?.Bootstrap, reason);
    }
}
