using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Pipeline.TestKit;
using Xunit;

namespace Pipeline.Infra.Tests.Images;

/// <summary>
/// What a Dockerfile's build stage does, without a container engine: only what it copies, in an empty folder, is published by its own command; the program starts
/// elsewhere with nothing but its configuration. Where the feed lacks librdkafka.redist, infra/dev/feed.props comes on top, as for every build on this machine.
/// </summary>
public sealed class PublishTests : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("image-").FullName;
    private readonly ConcurrentQueue<string> _output = new();

    [Fact]
    public Task GatewayEdge_Published_StartsFromAnEmptyFolder() => PublishAndStartAsync("gateway-edge");

    [Theory(Explicit = true), InlineData("usage-enricher"), InlineData("es-sink"), InlineData("budget-watcher")]
    public Task Service_Published_StartsFromAnEmptyFolder(string service) => PublishAndStartAsync(service);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task PublishAndStartAsync(string service)
    {
        var file = Dockerfile.Parse(Repository.Read(Dockerfile.PathOf(service)));
        var (source, output, empty) = (Path.Combine(_folder, "source"), Path.Combine(_folder, "publish"), Path.Combine(_folder, "empty"));
        foreach (var copy in file.Build.Where(static instruction => instruction.Word == "COPY")) Copy(copy, source);
        if (File.Exists(Repository.PathOf("infra/dev/feed.props"))) CopyPath("infra/dev/feed.props", Path.Combine(source, "infra/dev/feed.props"));
        if (Directory.Exists(Repository.PathOf("infra/dev/feed"))) CopyPath("infra/dev/feed", Path.Combine(source, "infra/dev/feed"));

        var publish = file.Build.First(static run => run.Word == "RUN").Text.Replace("/publish", output, StringComparison.Ordinal).Split(' ');
        var (exitCode, log, errors) = Repository.Run(publish[0], [.. publish[1..], "-nodeReuse:false", "-nologo"], source);
        Assert.True(exitCode == 0, log + errors);

        Directory.CreateDirectory(empty);
        var admin = $"127.0.0.1:{FreePorts.One()}";
        using var process = Start(Path.Combine(output, service), empty, ConfigurationOf(service, admin, Path.Combine(_folder, "spool")));
        try
        {
            Assert.True(await AnswersAsync(process, $"http://{admin}/healthz"), $"{service} did not come up; exit code {(process.HasExited ? process.ExitCode : "none")}\n{string.Join('\n', _output)}");
            Assert.Empty(Directory.GetFileSystemEntries(empty));
            using var term = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            using var limit = new CancellationTokenSource(StartLimit);
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, $"{service} ended with exit code {process.ExitCode}\n{string.Join('\n', _output)}");
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    /// <summary>Addresses of servers at which nobody answers: a service starts and waits for them.</summary>
    private static Dictionary<string, string> ConfigurationOf(string service, string admin, string spool)
    {
        var configuration = new Dictionary<string, string>
        {
            ["Admin__Address"] = admin, ["Kafka__Bootstrap"] = "127.0.0.1:9", ["Registry__Url"] = "http://127.0.0.1:9",
        };
        if (service == "es-sink") configuration["Elasticsearch__Url"] = "http://127.0.0.1:9";
        if (service != "gateway-edge") return configuration;
        configuration["Gateway__Address"] = $"127.0.0.1:{FreePorts.One()}";
        configuration["Gateway__Spool__Path"] = spool;
        configuration["Gateway__Upstreams__openai__BaseAddress"] = "http://127.0.0.1:9";
        configuration["Gateway__Upstreams__openai__Api"] = "openai";
        return configuration;
    }

    private Process Start(string program, string folder, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in environment) start.Environment[key] = value;
        // The program looks for its runtime in the usual places only; the one that runs this test may be elsewhere.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task<bool> AnswersAsync(Process process, string address)
    {
        using var client = new HttpClient();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var started = Stopwatch.StartNew(); started.Elapsed < StartLimit && !process.HasExited; await tick.WaitForNextTickAsync())
        {
            try
            {
                using var answer = await client.GetAsync(address);
                if (answer.StatusCode == HttpStatusCode.OK) return true;
            }
            catch (HttpRequestException)
            {
            }
        }

        return false;
    }

    private static void Copy(Instruction copy, string root)
    {
        foreach (var source in copy.Sources)
            CopyPath(source, Path.Combine(root, copy.Target == "./" ? source : copy.Target));
    }

    private static void CopyPath(string source, string target)
    {
        var from = Repository.PathOf(source);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        if (File.Exists(from))
        {
            File.Copy(from, target);
            return;
        }

        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(from, file);
            // As .dockerignore leaves out.
            if (relative.Split('/').Any(static part => part is "bin" or "obj" or "node_modules")) continue;
            var to = Path.Combine(target, relative);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
    }
}
