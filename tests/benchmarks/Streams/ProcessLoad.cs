using System.Diagnostics;

namespace Pipeline.Benchmarks.Streams;

/// <summary>A measured process: its output by line, and the CPU it used.</summary>
internal sealed class ProcessLoad : IDisposable
{
    private readonly Process _process;
    private volatile string _lastLine = "";

    private ProcessLoad(Process process) => _process = process;

    public string LastLine => _lastLine;

    public bool HasExited => _process.HasExited;

    public static ProcessLoad Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var load = new ProcessLoad(Process.Start(start)!);
        load._process.OutputDataReceived += (_, line) => load.Keep(line.Data);
        load._process.ErrorDataReceived += (_, line) => load.Keep(line.Data);
        load._process.BeginOutputReadLine();
        load._process.BeginErrorReadLine();
        return load;
    }

    /// <summary>User and system time since the process began, start-up included.</summary>
    public TimeSpan Cpu()
    {
        _process.Refresh();
        return _process.TotalProcessorTime;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (!string.IsNullOrEmpty(line)) _lastLine = line;
    }
}
