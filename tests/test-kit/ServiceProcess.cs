using System.Collections.Concurrent;
using System.Diagnostics;

namespace Pipeline.TestKit;

/// <summary>One service as an operator runs it: its own process, configured by environment variables.</summary>
public sealed class ServiceProcess : IDisposable
{
    private static readonly HttpClient Probe = new() { Timeout = TimeSpan.FromSeconds(2) };
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private const int AccountLines = 6;

    private readonly string _service;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly string _adminAddress;
    private readonly ConcurrentQueue<string> _output = new();
    private Process? _process;

    public ServiceProcess(string service, string adminAddress, IReadOnlyDictionary<string, string> environment)
    {
        _service = service;
        _adminAddress = adminAddress;
        _environment = environment;
    }

    /// <summary>Base address of `/readyz` and `/metrics`.</summary>
    public string AdminAddress => _adminAddress;

    /// <summary>All lines the process wrote, of all its lives, and how it ended if it did.</summary>
    public string Output =>
        string.Join('\n', _output) + (_process is { HasExited: true } ended ? $"\n{_service} ended with exit code {ended.ExitCode}" : "");

    /// <summary>Whether it runs, what it says of its readiness, and its last lines: what a failed test shows first.</summary>
    public string Account =>
        $"{_service}: {(_process is { HasExited: true } ended ? $"ended with exit code {ended.ExitCode}" : $"running, {Readiness()}")}\n  {string.Join("\n  ", _output.TakeLast(AccountLines))}";

    public async Task StartAsync()
    {
        var start = new ProcessStartInfo(Repository.Program(_service))
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (key, value) in _environment) start.Environment[key] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Until.TrueAsync(IsReadyAsync, StartLimit, () => $"{_service} is not ready:\n{Output}");
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGTERM; returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process!.Id.ToString()]);
        await kill.WaitForExitAsync();
        using var limit = new CancellationTokenSource(StartLimit);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (_process is not { HasExited: false } process) return;
        process.Kill();
        process.WaitForExit();
    }

    private string Readiness()
    {
        try
        {
            using var answer = Probe.GetAsync(_adminAddress + "/readyz").GetAwaiter().GetResult();
            return answer.Content.ReadAsStringAsync().GetAwaiter().GetResult().ReplaceLineEndings(" ");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return "no answer from /readyz";
        }
    }

    private async Task<bool> IsReadyAsync()
    {
        if (_process!.HasExited) throw new InvalidOperationException($"{_service} ended with {_process.ExitCode}:\n{Output}");
        try
        {
            using var answer = await Probe.GetAsync(_adminAddress + "/readyz");
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}

/// <summary>Waits for a condition outside this process, which no clock of ours can advance.</summary>
public static class Until
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan limit, Func<string> otherwise)
    {
        for (var watch = Stopwatch.StartNew(); !await condition();)
        {
            if (watch.Elapsed > limit) throw new TimeoutException(otherwise());
            await Task.Delay(Step);
        }
    }
}
