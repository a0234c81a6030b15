using Pipeline.EndToEnd.Chaos;

namespace Pipeline.EndToEnd;

/// <summary>The four services in one process on the embedded log: needs no servers.</summary>
public sealed class RunningAllInOne : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-e2e-").FullName;

    private RunningAllInOne(IEnumerable<(string Key, string Value)> settings)
    {
        var (port, adminPort) = (FreePorts.One(), FreePorts.One());
        Gateway = $"http://127.0.0.1:{port}";
        Pages = $"http://127.0.0.1:{adminPort}";
        Process = new ServiceProcess("all-in-one", Pages, new Dictionary<string, string>(settings.Select(static one => KeyValuePair.Create(one.Key, one.Value)))
        {
            ["AllInOne__Data"] = Path.Combine(_folder, "data"),
            ["Gateway__Address"] = $"127.0.0.1:{port}",
            ["Admin__Address"] = $"127.0.0.1:{adminPort}",
        });
    }

    public string RunId { get; } = RunningPipeline.NewRunId();

    public string Gateway { get; }

    /// <summary>Address of `/usage`, `/metrics` and the like.</summary>
    public string Pages { get; }

    public ServiceProcess Process { get; }

    public HttpClient Client { get; } = RunningPipeline.NewClient();

    /// <summary>What its log has; only while the process is not running.</summary>
    public TopicContents Topics => TopicContents.OfFolder(Path.Combine(_folder, "data", "log"), RunId);

    public CallTarget TargetWith(RecordedUpstream upstream) => new(Gateway, RunId, Client, upstream, () => Process.Output);

    /// <param name="settings">Options as environment variables.</param>
    public static async Task<RunningAllInOne> StartAsync(params (string Key, string Value)[] settings)
    {
        var running = new RunningAllInOne(settings);
        await running.Process.StartAsync();
        return running;
    }

    public ValueTask DisposeAsync()
    {
        Process.Dispose();
        Client.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
