using System.Diagnostics;
using System.Text;

namespace Pipeline.EndToEnd.Repricing;

/// <summary>`usage-enricher reprice` as an operator runs it.</summary>
internal sealed class RepriceCommand : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    public RepriceCommand(RunningPipeline pipeline, params IEnumerable<string> arguments)
    {
        string[] where = ["--bootstrap", pipeline.Servers.Kafka, "--registry", pipeline.Servers.Registry, "--allow-weak-topics", "--Kafka:ReplicationFactor", "1", "--Kafka:Partitions", "4"];
        var start = new ProcessStartInfo(Repository.Program("usage-enricher"), ["reprice", .. arguments, .. where])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath(),
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_errors, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    public string Errors
    {
        get { lock (_errors) return _errors.ToString(); }
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <returns>Exit code and standard output.</returns>
    public (int ExitCode, string Output) Wait()
    {
        if (!_process.WaitForExit(Limit)) throw new TimeoutException($"reprice does not end:\n{Errors}");
        _process.WaitForExit();
        lock (_output) return (_process.ExitCode, _output.ToString());
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }

    private static void Append(StringBuilder text, string? line)
    {
        if (line is null) return;
        lock (text) text.Append(line).Append('\n');
    }
}
