using System.Net;

namespace Pipeline.EndToEnd;

/// <summary>The four services as separate processes on the real servers, with a recorded upstream behind the gateway.</summary>
public sealed class RunningPipeline : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-e2e-").FullName;

    private RunningPipeline(RealServers servers, RecordedUpstream upstream)
    {
        Upstream = upstream;
        var ports = Enumerable.Range(0, 5).Select(_ => ServiceProcess.FreePort()).ToArray();
        Gateway = $"http://127.0.0.1:{ports[0]}";
        Client = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None, UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60) };

        Dictionary<string, string> Environment(int adminPort, params (string Key, string Value)[] more)
        {
            var environment = new Dictionary<string, string>
            {
                ["Kafka__Bootstrap"] = servers.Kafka,
                ["Kafka__AllowWeakTopics"] = "true",
                ["Kafka__ReplicationFactor"] = "1",
                ["Kafka__Partitions"] = "4",
                ["Registry__Url"] = servers.Registry,
                ["Elasticsearch__Url"] = servers.Elasticsearch,
                ["Admin__Address"] = $"127.0.0.1:{adminPort}",
            };
            foreach (var (key, value) in more) environment[key] = value;
            return environment;
        }

        ServiceProcess Service(string name, int adminPort, params (string Key, string Value)[] more) =>
            new(name, $"http://127.0.0.1:{adminPort}", Environment(adminPort, more));

        GatewayProcess = Service("gateway-edge", ports[1],
        [
            ("Gateway__Address", $"127.0.0.1:{ports[0]}"),
            ("Gateway__Spool__Path", Path.Combine(_folder, "spool")),
            .. new[] { ("openai", "openai"), ("anthropic", "anthropic"), ("google", "google") }.SelectMany(u => new[]
            {
                ($"Gateway__Upstreams__{u.Item1}__BaseAddress", upstream.Address),
                ($"Gateway__Upstreams__{u.Item1}__Api", u.Item2),
            }),
            ("Gateway__Upstreams__openai__InjectUsage", "true"),
        ]);
        EnricherProcess = Service("usage-enricher", ports[2]);
        SinkProcess = Service("es-sink", ports[3]);
        WatcherProcess = Service("budget-watcher", ports[4]);
    }

    /// <summary>Tenant of every call of this run: what else is in the topics and indices is not ours to count.</summary>
    public string RunId { get; } = "run-" + Guid.NewGuid().ToString("N")[..12];

    public string Gateway { get; }
    public HttpClient Client { get; }
    public RecordedUpstream Upstream { get; }
    public ServiceProcess GatewayProcess { get; }
    public ServiceProcess EnricherProcess { get; }
    public ServiceProcess SinkProcess { get; }
    public ServiceProcess WatcherProcess { get; }

    public string Output => string.Join("\n", Services.Select(s => s.Output));

    private IEnumerable<ServiceProcess> Services => [GatewayProcess, EnricherProcess, SinkProcess, WatcherProcess];

    public static async Task<RunningPipeline> StartAsync(RealServers servers)
    {
        var pipeline = new RunningPipeline(servers, RecordedUpstream.Start());
        foreach (var service in pipeline.Services) await service.StartAsync();
        return pipeline;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Services) service.Dispose();
        Client.Dispose();
        await Upstream.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
