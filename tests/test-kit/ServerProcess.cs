using System.Diagnostics;

namespace Pipeline.TestKit;

/// <summary>
/// One server script, running until it is disposed or this process ends in whatever way: the script's guard reads our end of
/// a pipe, stops the server when the pipe closes, and then ends what the script left running in its process group.
/// </summary>
public sealed class ServerProcess : IDisposable
{
    private const string Guard = """
        setsid "$@" </dev/null & server=$!
        exec 3<&0
        (cat <&3 >/dev/null; kill -TERM $server) >/dev/null 2>&1 &
        wait $server
        kill -KILL -$server 2>/dev/null
        """;

    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private ServerProcess(Process process, string address) => (_process, Address) = (process, address);

    /// <summary>What the script said after `READY` and its name.</summary>
    public string Address { get; }

    /// <exception cref="InvalidOperationException">The server did not come up; the message has the end of what it said.</exception>
    public static ServerProcess Start(string script, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-c", Guard, "guard", script, .. arguments]) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        var said = new List<string>();
        var ready = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Hear(string? line)
        {
            if (line is null) return;
            lock (said) said.Add(line);
            if (line.StartsWith("READY ", StringComparison.Ordinal)) ready.TrySetResult(line.Split(' ', 3)[2]);
        }

        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => ready.TrySetResult(null);
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (ready.Task.Wait(StartBound) && ready.Task.Result is { } address) return new ServerProcess(process, address);

        Stop(process);
        lock (said) throw new InvalidOperationException($"{Path.GetFileName(script)} did not come up: {string.Join(" | ", said.TakeLast(10))}");
    }

    public void Dispose() => Stop(_process);

    private static void Stop(Process process)
    {
        process.StandardInput.Close();
        if (!process.WaitForExit(StopBound)) process.Kill(entireProcessTree: true);
        process.Dispose();
    }
}
